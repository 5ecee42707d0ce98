using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations.Files;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>What billing needs to know.</summary>
/// <param name="IsHeld">Not to be billed before a person has looked.</param>
internal sealed record ProofAnswer(bool IsHeld);

/// <summary>
/// Judges an ended session by its signed values and keeps the verdict. Where it is proven, exactly the signed difference is billed; where
/// proof is required and missing, the session goes to review. May run any number of times.
/// </summary>
internal sealed partial class JudgeSession(ReadEvidence evidence, RememberKey remember, ReceiptLinks links, NpgsqlDataSource data, TimeProvider time, ILogger<JudgeSession> logger)
{
    private const int MostAgain = 5;

    /// <summary>Judges, stores and answers. Sets what is proven on <paramref name="session"/> too.</summary>
    public async Task<ProofAnswer> Run(ChargingSession session, CancellationToken ct)
    {
        var judged = await Judge(session, ct);

        // A person's decision on the session stands above the meter's value.
        session.ProvenKwh = judged.IsBillable && session.ReviewedAt is null ? judged.Proof.EnergyKWh : null;
        var isHeld = judged.Holds && session.ReviewedAt is null && session.State == SessionState.Ended;
        await data.Run(
            """
            update charging_session set proven_kwh = $2::numeric,
              needs_review = needs_review or $3,
              review_reasons = case when $3 and not ($4 = any(review_reasons)) then array_append(review_reasons, $4) else review_reasons end
            where id = $1 and (proven_kwh is distinct from $2::numeric or ($3 and not ($4 = any(review_reasons))))
            """,
            ct,
            session.Id.Value,
            session.ProvenKwh,
            isHeld,
            ReceiptReason.NotProven);
        if (isHeld)
        {
            LogHeld(session.Id, judged.Verdict);
        }

        return new ProofAnswer(isHeld);
    }

    /// <summary>Judges and keeps the verdict; what a person decided, or what else arrived, meanwhile is judged too, so that no older verdict stays above a newer one.</summary>
    private async Task<Judgement> Judge(ChargingSession session, CancellationToken ct)
    {
        for (var again = 0; ; again++)
        {
            var facts = await evidence.Of(session, ct);
            var judged = Judgement.Of(facts);
            if (facts.Values.Count > 0 && await NoteKeys(session, facts, judged, ct))
            {
                judged = Judgement.Of(facts = await evidence.Of(session, ct));
            }

            await Store(session, judged, ct);
            if (!await evidence.HasChanged(session, facts, ct) || again == MostAgain)
            {
                return judged;
            }
        }
    }

    /// <returns>Whether there was a key to note.</returns>
    private async Task<bool> NoteKeys(ChargingSession session, Evidence facts, Judgement judged, CancellationToken ct)
    {
        var known = facts.Keys.Select(k => k.Key.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var configured = await evidence.Configured(session.StationId, session.EvseNumber, ct);
        var news = judged.Seen.Select(k => (Key: k, Source: KeySource.Value)).Concat(configured.Select(k => (Key: k, Source: KeySource.Configuration)))
            .DistinctBy(n => n.Key.Fingerprint).Where(n => !known.Contains(n.Key.Fingerprint)).ToList();
        foreach (var (key, source) in news)
        {
            await remember.Run(session.StationId, session.EvseNumber, key, source, ct);
        }

        return news.Count > 0;
    }

    private async Task Store(ChargingSession session, Judgement judged, CancellationToken ct)
    {
        var link = LinkToken.New();
        await data.Run(
            """
            insert into session_proof (session_id, tenant_id, station_id, verdict, is_billable, rule, reasons, remarks, signed_values, start_kwh, stop_kwh, energy_kwh, fingerprint, verifier, judged_at, token_hash, token_sealed)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::numeric, $11::numeric, $12::numeric, $13, $14, $15, $16, $17)
            on conflict (session_id) do update set verdict = excluded.verdict, is_billable = excluded.is_billable, rule = excluded.rule, reasons = excluded.reasons, remarks = excluded.remarks,
              signed_values = excluded.signed_values, start_kwh = excluded.start_kwh, stop_kwh = excluded.stop_kwh, energy_kwh = excluded.energy_kwh, fingerprint = excluded.fingerprint,
              verifier = excluded.verifier, judged_at = excluded.judged_at
            """,
            ct,
            session.Id.Value,
            session.TenantId.Value,
            session.StationId.Value,
            Name(judged.Verdict),
            judged.IsBillable,
            Name(judged.Rule),
            judged.Reasons.ToArray(),
            judged.Proof.Remarks.ToArray(),
            judged.Values.Count,
            judged.Proof.Start?.KWh,
            judged.Proof.Stop?.KWh,
            judged.Proof.EnergyKWh,
            new NpgsqlParameter { Value = (object?)judged.Key?.Fingerprint ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            Verifier.Version,
            time.GetUtcNow(),
            link.Hash,
            links.Seal(link));
    }

    internal static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    [LoggerMessage(LogLevel.Information, "Session {SessionId} must be proven before it is billed and is not ({Verdict}): it goes to review")]
    private partial void LogHeld(SessionId sessionId, Verdict verdict);
}
