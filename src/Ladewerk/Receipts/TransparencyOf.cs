using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts;

/// <summary>Makes the file that the S.A.F.E. Transparenzsoftware reads, from the values as they came.</summary>
internal sealed class TransparencyOf(LadewerkDb db, ReadEvidence evidence)
{
    /// <summary>Null: no such session, or it has no signed values.</summary>
    public async Task<byte[]?> Session(SessionId id, CancellationToken ct)
    {
        var session = await db.Set<ChargingSession>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, ct);
        return session is null ? null : await Session(session, ct);
    }

    /// <inheritdoc cref="Session(SessionId, CancellationToken)"/>
    public async Task<byte[]?> Session(ChargingSession session, CancellationToken ct)
    {
        var judged = Judgement.Of(await evidence.Of(session, ct));
        return judged.Values.Count == 0 ? null : TransparencyFile.Write(judged.Values.DistinctBy(v => v.Source.Data).Select(v => Described(v, judged.Key)));
    }

    /// <summary>A value with the key by which it was checked: the registry's where one is known, else what came with it.</summary>
    internal static SignedValue Described(VerifiedValue value, MeterKey? otherwise)
    {
        var key = value.Key ?? otherwise;
        var context = value.Source.Context ?? (value.Readings.Any(r => r.Kind == ReadingKind.End) ? "Transaction.End" : value.Readings.Any(r => r.Kind == ReadingKind.Begin) ? "Transaction.Begin" : null);
        return value.Source with { Format = value.Source.Format ?? Envelope.FormatOf(value.Source.Data), Context = context, PublicKey = key is null ? value.Source.PublicKey : Written(key, value.Format), PublicKeyEncoding = key is null ? null : "hex" };
    }

    // EDL40 and ISA meters have their key as a bare point in the file, OCMF as SPKI.
    private static string Written(MeterKey key, string format) => Convert.ToHexString(format is "EDL40" or "ISA-EDL40" or "Mennekes" ? key.Point : key.Spki());
}
