using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Registration;

/// <summary>Rules as the API shows and takes them.</summary>
public sealed record RegistrationRulesView(RegistrationMode Mode, string? TermsUrl = null, string? PrivacyUrl = null, IReadOnlyList<ConsentRule>? Consents = null)
{
    internal static RegistrationRulesView Of(RegistrationRules r) => new(r.Mode, r.TermsUrl, r.PrivacyUrl, r.Consents);
}

/// <summary>Sets an operator's rules of registration.</summary>
internal sealed class SaveRules(LadewerkDb db, TenantContext tenant, AuditLog audit)
{
    public async Task<Faults> Run(RegistrationRulesView wish, CancellationToken ct)
    {
        var consents = wish.Consents ?? [];
        var faults = new Faults().Unless(IsWeb(wish.TermsUrl), "termsUrl", "Not a web address.").Unless(IsWeb(wish.PrivacyUrl), "privacyUrl", "Not a web address.")
            .Unless(consents.Count <= 10 && consents.All(c => c is { Key: { Length: > 0 and <= 50 } and not RegistrationRules.Terms, De.Length: > 0 and <= 500, En.Length: > 0 and <= 500 })
                && consents.Select(c => c.Key).Distinct(StringComparer.Ordinal).Count() == consents.Count, "consents", "At most 10, each with a key of its own and both languages.");
        if (faults.Any)
        {
            return faults;
        }

        var rules = await db.Set<RegistrationRules>().SingleOrDefaultAsync(ct);
        var before = rules is null ? null : RegistrationRulesView.Of(rules);
        if (rules is null)
        {
            rules = new RegistrationRules { TenantId = tenant.Current };
            db.Add(rules);
        }

        (rules.Mode, rules.TermsUrl, rules.PrivacyUrl, rules.Consents) = (wish.Mode, wish.TermsUrl, wish.PrivacyUrl, [.. consents]);
        audit.Record("registrationRules.changed", "registrationRules", tenant.Current.ToString(), before, RegistrationRulesView.Of(rules));
        await db.SaveChangesAsync(ct);
        return faults;
    }

    private static bool IsWeb(string? url) => url is null || (url.Length <= 500 && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http");
}
