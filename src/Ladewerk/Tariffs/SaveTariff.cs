using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tariffs;

/// <summary>What came of storing a tariff.</summary>
internal abstract record SaveOutcome
{
    /// <summary>Stored, or already there with the same content.</summary>
    public sealed record Saved(StoredTariff Tariff, TariffVersion Version) : SaveOutcome;

    /// <summary>A rule refuses it.</summary>
    public sealed record Refused(IReadOnlyList<TariffFinding> Findings) : SaveOutcome;

    /// <summary>Somebody else made a version in the meantime.</summary>
    public sealed record Outdated(int Current) : SaveOutcome;

    /// <summary>There is no such tariff.</summary>
    public sealed record Unknown : SaveOutcome;
}

/// <summary>Stores a tariff: the first version, or the next one. A version never changes.</summary>
internal sealed class SaveTariff(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TariffResolver resolver, TimeProvider time)
{
    /// <summary>Creates a tariff with version 1.</summary>
    public async Task<SaveOutcome> Create(Tariff wish, CancellationToken ct)
    {
        if (Errors(wish) is { Count: > 0 } errors)
        {
            return new SaveOutcome.Refused(errors);
        }

        var id = TariffId.New();
        var document = wish with { Id = id.ToString(), Version = 1 };
        var stored = new StoredTariff
        {
            Id = id, TenantId = tenant.Current, Name = document.Name.In("de"), Kind = document.Kind, Currency = document.Currency, CreatedAt = time.GetUtcNow(),
        };
        db.Add(stored);
        var version = Add(stored, document);
        audit.Record("tariff.created", "tariff", id.ToString(), after: document.Name);
        await Commit(ct);
        return new SaveOutcome.Saved(stored, version);
    }

    /// <summary>
    /// Makes the next version. <paramref name="basedOn"/> is the version that the change started from: where another one
    /// was made since, nothing is stored. The same content again makes no new version.
    /// </summary>
    public async Task<SaveOutcome> Change(TariffId id, Tariff wish, int? basedOn, CancellationToken ct)
    {
        if (await db.Set<StoredTariff>().SingleOrDefaultAsync(tariff => tariff.Id == id && tariff.ArchivedAt == null, ct) is not { } stored)
        {
            return new SaveOutcome.Unknown();
        }

        if (Errors(wish) is { Count: > 0 } errors)
        {
            return new SaveOutcome.Refused(errors);
        }

        var current = await db.Set<TariffVersion>().SingleAsync(version => version.TariffId == id && version.Version == stored.CurrentVersion, ct);
        if (JsonElement.DeepEquals(Content(current.Document), Content(wish)))
        {
            return new SaveOutcome.Saved(stored, current);
        }

        if (basedOn is { } known && known != stored.CurrentVersion)
        {
            return new SaveOutcome.Outdated(stored.CurrentVersion);
        }

        var before = stored.CurrentVersion;
        var document = wish with { Id = id.ToString(), Version = before + 1 };
        (stored.CurrentVersion, stored.Name, stored.Kind, stored.Currency) = (document.Version, document.Name.In("de"), document.Kind, document.Currency);
        var next = Add(stored, document);
        audit.Record("tariff.changed", "tariff", id.ToString(), new { version = before }, new { version = document.Version });
        await Commit(ct);
        return new SaveOutcome.Saved(stored, next);
    }

    private static List<TariffFinding> Errors(Tariff tariff) => [.. TariffValidator.Check(tariff).Where(finding => finding.Severity == Severity.Error)];

    // Compared as JSON, where 0.49 and 0.490 are the same number.
    private static JsonElement Content(Tariff tariff) => JsonSerializer.SerializeToElement(tariff with { Id = "", Version = 1 }, TariffJson.Options);

    private TariffVersion Add(StoredTariff stored, Tariff document)
    {
        var version = new TariffVersion
        {
            TariffId = stored.Id, Version = document.Version, TenantId = tenant.Current, Document = document, CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
        };
        db.Add(version);
        return version;
    }

    private async Task Commit(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        resolver.Forget(tenant.Current);
    }
}
