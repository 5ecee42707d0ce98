using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Registration;

/// <summary>The wish of somebody who wants to charge here.</summary>
/// <param name="Code">Of an invitation; null where there is none.</param>
/// <param name="Consents">Keys of what was agreed to.</param>
public sealed record NewDriverRegistration(string Email, string Name, string Locale, string? Code, IReadOnlySet<string> Consents);

/// <summary>Takes a registration: an account whose address is to be confirmed. The answer is the same whether the address is known or not.</summary>
internal sealed class RegisterDriver(RegisterAccount register, LadewerkDb db, TenantContext tenant, TimeProvider time)
{
    /// <summary>The rules of the scope's tenant; closed where it has none.</summary>
    public async Task<RegistrationRules> Rules(CancellationToken ct) =>
        await db.Set<RegistrationRules>().SingleOrDefaultAsync(ct) ?? new RegistrationRules { TenantId = tenant.Current, Mode = RegistrationMode.Closed };

    /// <summary>What is wrong with the wish, by field; empty where it was taken. TooMany: later.</summary>
    public async Task<(Faults Faults, bool TooMany)> Run(NewDriverRegistration wish, CancellationToken ct)
    {
        var (rules, faults) = (await Rules(ct), new Faults());
        if (rules.Mode == RegistrationMode.Closed)
        {
            return (faults.Add("email", "Registration is closed."), false);
        }

        var invitation = await Invitation(wish.Code, ct);
        if (invitation is null && (rules.Mode == RegistrationMode.Invitation || !string.IsNullOrWhiteSpace(wish.Code)))
        {
            faults.Add("code", "No such invitation, or it is used up.");
        }

        faults.Unless(rules.Required.All(wish.Consents.Contains), "consents", "Agree to what is required.");
        if (faults.Any)
        {
            return (faults, false);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var made = await register.Run(new NewRegistration(wish.Email, null, wish.Name, wish.Locale, Role.Driver), ct);
        if (!made.IsTaken)
        {
            return (faults.AddRange(made.Errors.ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal)), made.TooMany);
        }

        if (made.AccountId is { } account)
        {
            await Store(wish, rules, invitation, account, ct);
        }

        await transaction.CommitAsync(ct);
        return (faults, false);
    }

    private async Task<RegistrationInvitation?> Invitation(string? code, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(code) || code.Length > 100)
        {
            return null;
        }

        var hash = RegistrationInvitation.Hash(code);
        return await db.Set<RegistrationInvitation>().SingleOrDefaultAsync(i => i.CodeHash == hash, ct) is { } found && found.Holds(time.GetUtcNow()) ? found : null;
    }

    private async Task Store(NewDriverRegistration wish, RegistrationRules rules, RegistrationInvitation? invitation, Guid account, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var given = rules.Consents.Where(c => wish.Consents.Contains(c.Key)).Select(c => new GivenConsent(c.Key, wish.Locale == "de" ? c.De : c.En, now)).ToList();
        if (wish.Consents.Contains(RegistrationRules.Terms))
        {
            given.Add(new GivenConsent(RegistrationRules.Terms, string.Join(" ", new[] { rules.TermsUrl, rules.PrivacyUrl }.OfType<string>()), now));
        }

        db.Add(new DriverRegistration
        {
            TenantId = tenant.Current, AccountId = account, Name = wish.Name.Trim(), Email = wish.Email.Trim(), Locale = wish.Locale, InvitationId = invitation?.Id, Consents = given,
            State = RegistrationState.Unverified, CreatedAt = now,
        });
        await db.SaveChangesAsync(ct);
    }
}
