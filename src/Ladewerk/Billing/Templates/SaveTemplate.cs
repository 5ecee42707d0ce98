using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Templates;

/// <summary>A style sheet to save.</summary>
/// <param name="Css">Follows the product's own; no addresses in it but data addresses.</param>
/// <param name="Comment">What is new about it.</param>
public sealed record TemplateWish(string Css, string? Comment = null);

/// <summary>Saves versions of the operator's style sheet and says which one is in use. Documents that were made stay as they are.</summary>
internal sealed class SaveTemplate(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    private const int Most = 50_000;

    // A document is made of itself alone: nothing is fetched, and no file of the machine is read. An escape could spell any of these.
    private static readonly string[] Forbidden = ["@import", "@charset", "\\", "</", "image(", "image-set(", "src(", "<!--"];

    public Task<List<InvoiceTemplate>> List(CancellationToken ct) => db.Set<InvoiceTemplate>().AsNoTracking().OrderByDescending(t => t.Version).ToListAsync(ct);

    public Task<InvoiceTemplate?> Find(int version, CancellationToken ct) => db.Set<InvoiceTemplate>().AsNoTracking().SingleOrDefaultAsync(t => t.Version == version, ct);

    /// <summary>Saves the next version and takes it into use. The same as the one in use is not saved again.</summary>
    public async Task<(InvoiceTemplate? Saved, Faults Faults)> Run(TemplateWish wish, CancellationToken ct)
    {
        var faults = Check(wish);
        if (faults.Any)
        {
            return (null, faults);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await Lock(ct);
        var last = await db.Set<InvoiceTemplate>().OrderByDescending(t => t.Version).FirstOrDefaultAsync(ct);
        if (last is { IsActive: true } && last.Css == wish.Css)
        {
            return (last, faults);
        }

        await db.Set<InvoiceTemplate>().Where(t => t.IsActive).ExecuteUpdateAsync(set => set.SetProperty(t => t.IsActive, false), ct);
        var saved = new InvoiceTemplate
        {
            TenantId = tenant.Current, Version = (last?.Version ?? 0) + 1, Css = wish.Css, Comment = string.IsNullOrWhiteSpace(wish.Comment) ? null : wish.Comment.Trim(), IsActive = true, CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
        };
        db.Add(saved);
        audit.Record("invoiceTemplate.saved", "invoiceTemplate", saved.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), after: new { saved.Version, saved.Comment, length = saved.Css.Length });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return (saved, faults);
    }

    /// <summary>Takes a saved version into use again; 0: the product's own looks. False: there is no such version.</summary>
    public async Task<bool> Activate(int version, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await Lock(ct);
        if (version != 0 && !await db.Set<InvoiceTemplate>().AnyAsync(t => t.Version == version, ct))
        {
            return false;
        }

        await db.Set<InvoiceTemplate>().Where(t => t.IsActive).ExecuteUpdateAsync(set => set.SetProperty(t => t.IsActive, false), ct);
        await db.Set<InvoiceTemplate>().Where(t => t.Version == version).ExecuteUpdateAsync(set => set.SetProperty(t => t.IsActive, true), ct);
        audit.Record("invoiceTemplate.activated", "invoiceTemplate", version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    public static Faults Check(TemplateWish wish)
    {
        var css = wish.Css ?? "";
        return new Faults().Unless(css.Length <= Most, "css", $"At most {Most} characters.").Short("comment", wish.Comment, 200)
            .Unless(!Array.Exists(Forbidden, word => css.Contains(word, StringComparison.OrdinalIgnoreCase)), "css", "No @import, no escapes, no markup.")
            .Unless(OnlyData(css), "css", "Only data addresses in url().");
    }

    private static bool OnlyData(string css)
    {
        for (var at = css.IndexOf("url", StringComparison.OrdinalIgnoreCase); at >= 0; at = css.IndexOf("url", at + 3, StringComparison.OrdinalIgnoreCase))
        {
            var rest = css.AsSpan(at + 3).TrimStart();
            if (rest is ['(', ..] && !rest[1..].TrimStart().TrimStart("\"'").StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One at a time per operator.</summary>
    private Task<int> Lock(CancellationToken ct) => db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({tenant.Current.Value.ToString()}, 61))", ct);
}
