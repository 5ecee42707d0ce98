using System.Globalization;
using System.IO.Compression;
using System.Text;
using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>A jump in a meter's book.</summary>
/// <param name="After">The last record before it.</param>
/// <param name="Before">The first one behind it.</param>
/// <param name="Missing">How many are not here; negative: the book went back.</param>
public sealed record BookGap(string Meter, string After, string Before, long Missing, DateTimeOffset AfterAt, DateTimeOffset BeforeAt);

/// <summary>For the authority: every record of an EVSE within a period, in the order of the meter's book, with a report of what is missing in it.</summary>
internal sealed class ExportRecords(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant)
{
    private sealed record Row(string Raw, string? Context, string? Format, DateTimeOffset At, long Transaction, byte[] Sha256);

    private sealed record Entry(Row Row, VerifiedValue Value);

    /// <summary>A ZIP of records.xml (the transparency file), records.csv and gaps.csv; null: no such EVSE.</summary>
    public async Task<byte[]?> Run(string identity, int evse, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var key = Stations.StationIdentity.Key(identity);
        var station = await db.Set<ChargingStation>().AsNoTracking().SingleOrDefaultAsync(s => s.IdentityKey == key && s.RemovedAt == null, ct);
        if (station is null || !await db.Set<Evse>().AnyAsync(e => e.StationId == station.Id && e.Number == evse, ct))
        {
            return null;
        }

        var keys = (await db.Set<MeterKeyEntry>().AsNoTracking().Where(k => k.StationId == station.Id && k.EvseNumber == evse && k.State == KeyState.Approved).ToListAsync(ct)).Select(k => MeterKey.Read(k.PublicKey)).OfType<MeterKey>().ToList();
        var rows = await Rows(station.Id, evse, from, to, ct);
        var entries = rows.Select(r => new Entry(r, Check(r, keys))).DistinctBy(e => e.Value.Source.Data).OrderBy(e => e.Value.MeterSerial, StringComparer.Ordinal).ThenBy(e => e.Value.Page?.Book, StringComparer.Ordinal).ThenBy(e => e.Value.Page?.Number ?? 0).ThenBy(e => e.Row.At).ToList();
        return Zip(entries, Gaps([.. entries.Select(e => (e.Value, e.Row.At))]));
    }

    /// <summary>Where a book jumps. Pure.</summary>
    internal static IReadOnlyList<BookGap> Gaps(IReadOnlyList<(VerifiedValue Value, DateTimeOffset At)> inOrder) =>
    [
        .. from pair in inOrder.Zip(inOrder.Skip(1))
           let a = pair.First.Value
           let b = pair.Second.Value
           let last = a.Page.GetValueOrDefault()
           let next = b.Page.GetValueOrDefault()
           where a.Page is not null && b.Page is not null && a.MeterSerial == b.MeterSerial && last.Book == next.Book && next.Number != last.Number + 1
           select new BookGap(a.MeterSerial ?? "", last.ToString(), next.ToString(), next.Number - last.Number - 1, pair.First.At, pair.Second.At),
    ];

    private Task<List<Row>> Rows(StationId station, int evse, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => data.Rows(
        """
        select v.raw, v.context, v.format, v.received_at, v.transaction_id, v.sha256 from signed_value v
        where v.tenant_id = $1 and v.station_id = $2 and v.received_at >= $4 and v.received_at < $5
          and (v.connector in (select wire_number from connector where station_id = $2 and evse_number = $3) or v.session_id in (select id from charging_session where station_id = $2 and evse_number = $3))
        order by v.received_at, v.part limit 200000
        """,
        r => new Row(r.GetString(0), r.Get<string>(1), r.Get<string>(2), r.GetFieldValue<DateTimeOffset>(3), r.GetInt64(4), r.GetFieldValue<byte[]>(5)),
        ct,
        tenant.Current.Value,
        station.Value,
        evse,
        from.ToUniversalTime(),
        to.ToUniversalTime());

    private static VerifiedValue Check(Row row, List<MeterKey> keys)
    {
        var value = Envelope.Open(row.Raw, row.Context, row.Format) with { TransactionId = row.Transaction.ToString(CultureInfo.InvariantCulture) };
        return keys.Select(k => Verifier.Verify(value, k)).FirstOrDefault(v => v.Signature == SignatureState.Valid) ?? (keys.Count > 0 ? Verifier.Verify(value, keys[0]) : Verifier.Verify(value));
    }

    private static byte[] Zip(List<Entry> entries, IReadOnlyList<BookGap> gaps)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put(zip, "records.xml", TransparencyFile.Write(entries.Select(e => TransparencyOf.Described(e.Value, null))));
            Put(zip, "records.csv", Encoding.UTF8.GetBytes(
                Csv.Write(["meter", "pagination", "received", "transaction", "format", "signature", "reasons", "key", "sha256"])
                + string.Concat(entries.Select(e => Csv.Write(
                [
                    e.Value.MeterSerial, e.Value.Page?.ToString(), Time(e.Row.At), e.Value.Source.TransactionId, e.Value.Format, VerifyFile.Name(e.Value.Signature), string.Join(' ', e.Value.Reasons), e.Value.Key?.Fingerprint,
                    Convert.ToHexStringLower(e.Row.Sha256),
                ])))));
            Put(zip, "gaps.csv", Encoding.UTF8.GetBytes(
                Csv.Write(["meter", "after", "before", "missing", "afterReceived", "beforeReceived"])
                + string.Concat(gaps.Select(g => Csv.Write([g.Meter, g.After, g.Before, g.Missing.ToString(CultureInfo.InvariantCulture), Time(g.AfterAt), Time(g.BeforeAt)])))));
        }

        return stream.ToArray();
    }

    private static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void Put(ZipArchive zip, string name, byte[] content)
    {
        using var entry = zip.CreateEntry(name).Open();
        entry.Write(content);
    }
}
