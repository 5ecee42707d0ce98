using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Registration;

/// <summary>Makes drivers of people who registered: at once, by a code, or when the operator says yes. Before that there is no driver, and so nothing to charge with.</summary>
public sealed class Admission(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, MailQueue mails, SiteAddress site, TimeProvider time)
{
    /// <summary>An account has confirmed its address. May be asked again and again: what is decided stays.</summary>
    public async Task Confirmed(Guid account, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<Account>().SingleOrDefaultAsync(a => a.Id == account && a.TenantId == tenant.Current && a.EmailConfirmed && a.Role == Role.Driver && a.DisabledAt == null, ct) is not { } owner
            || await db.Set<Driver>().AnyAsync(d => d.AccountId == account, ct))
        {
            return;
        }

        if (await Locked(r => r.AccountId == account, account, ct) is { } registration)
        {
            await Step(registration, ct);
        }
        else
        {
            // No registration: the operator has invited them, or trusts the provider who signs them in.
            await Admit(account, owner.DisplayName, owner.Email!, owner.Locale ?? "de", number: null, ct);
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>The operator says yes; false where that was decided already.</summary>
    public Task<bool> Accept(Guid id, CancellationToken ct) => Decide(id, RegistrationState.Accepted, reason: null, ct);

    /// <summary>The operator says no, and why.</summary>
    public Task<bool> Refuse(Guid id, string? reason, CancellationToken ct) => Decide(id, RegistrationState.Refused, string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(), ct);

    private async Task<bool> Decide(Guid id, RegistrationState to, string? reason, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<DriverRegistration>().Where(r => r.Id == id).Select(r => (Guid?)r.AccountId).SingleOrDefaultAsync(ct) is not { } account
            || await Locked(r => r.Id == id, account, ct) is not { } registration
            || !(registration.State == RegistrationState.Waiting || (registration.State == RegistrationState.Refused && to == RegistrationState.Accepted)))
        {
            return false;
        }

        (registration.State, registration.Reason, registration.DecidedAt, registration.DecidedBy) = (to, reason, time.GetUtcNow(), actor.Name);
        if (to == RegistrationState.Accepted)
        {
            await Admit(registration.AccountId, registration.Name, registration.Email, registration.Locale, number: null, ct);
        }

        audit.Record(to == RegistrationState.Accepted ? "registration.accepted" : "registration.refused", "registration", id.ToString(), after: new { registration.AccountId, reason });
        await Tell(registration, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task Step(DriverRegistration registration, CancellationToken ct)
    {
        if (registration.State != RegistrationState.Unverified)
        {
            return;
        }

        var now = time.GetUtcNow();
        registration.VerifiedAt = now;
        var mode = await db.Set<RegistrationRules>().Select(r => r.Mode).SingleOrDefaultAsync(ct);
        var invitation = await Use(registration, now, ct);
        if (invitation is null && mode != RegistrationMode.Open)
        {
            registration.State = RegistrationState.Waiting;
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new RegistrationWaiting(registration.Id, registration.Name), ct);
            return;
        }

        (registration.State, registration.DecidedAt) = (RegistrationState.Accepted, now);
        await Admit(registration.AccountId, registration.Name, registration.Email, registration.Locale, invitation?.Number, ct);
    }

    /// <summary>The invitation with one use less; null where there is none or it was used up by others in the meantime.</summary>
    private async Task<RegistrationInvitation?> Use(DriverRegistration registration, DateTimeOffset now, CancellationToken ct)
    {
        if (registration.InvitationId is not { } id || await db.Set<RegistrationInvitation>().Where(i => i.Id == id && i.Uses < i.MaxUses && i.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(i => i.Uses, i => i.Uses + 1), ct) == 0)
        {
            return null;
        }

        var invitation = await db.Set<RegistrationInvitation>().AsNoTracking().SingleAsync(i => i.Id == id, ct);
        audit.Record("invitation.used", "invitation", id.ToString(), after: new { registration.AccountId, at = now });
        return invitation;
    }

    /// <summary>A driver of the account: the one the operator has already, where the confirmed address or the invitation's number names exactly one; else a new one.</summary>
    private async Task Admit(Guid account, string name, string email, string locale, string? number, CancellationToken ct)
    {
        var free = db.Set<Driver>().Where(d => d.AccountId == null && d.ErasedAt == null && d.Status == "active");
        var known = number is not null ? await free.Where(d => d.Number == number).Take(2).ToListAsync(ct) : [];
        if (known.Count == 0)
        {
            known = await db.Set<Driver>().FromSql($"select * from driver where lower(email) = lower({email})").Where(d => d.AccountId == null && d.ErasedAt == null && d.Status == "active").Take(2).ToListAsync(ct);
        }

        if (known is [var driver])
        {
            driver.AccountId = account;
            audit.Record("driver.linked", "driver", driver.Id.Value.ToString(), after: new { driver.AccountId });
            return;
        }

        var payer = new BillingAccount { TenantId = tenant.Current, Name = name, Email = email, Language = locale, CreatedAt = time.GetUtcNow() };
        var made = new Driver { TenantId = tenant.Current, Name = name, Email = email, Locale = locale, AccountId = account, BillingAccountId = payer.Id, CreatedAt = time.GetUtcNow() };
        db.AddRange(payer, made);
        audit.Record("billingAccount.created", "billingAccount", payer.Id.Value.ToString(), after: BillingAccountsApi.View(payer));
        audit.Record("driver.registered", "driver", made.Id.Value.ToString(), after: DriversApi.View(made));
    }

    private async Task Tell(DriverRegistration registration, CancellationToken ct)
    {
        var name = await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.Name).SingleAsync(ct);
        var what = registration.State == RegistrationState.Accepted ? "accepted" : "refused";
        string Say(string part) => Texts.In(registration.Locale, $"registration.mail.{what}.{part}", name, registration.Name);
        mails.Enqueue(new NewMail("registration", registration.Email, registration.Locale, Say("subject"), new MailContent(Say("heading"), [Say("text"), .. registration.Reason is { } why ? new[] { why } : []])
        {
            Action = registration.State == RegistrationState.Accepted ? new MailAction(Say("action"), site.Of("/app")) : null,
        })
        {
            ToName = registration.Name,
        });
    }

    private async Task<DriverRegistration?> Locked(System.Linq.Expressions.Expression<Func<DriverRegistration, bool>> which, Guid account, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"select from registration where account_id = {account} for update", ct);
        return await db.Set<DriverRegistration>().SingleOrDefaultAsync(which, ct);
    }
}

/// <summary>An address was confirmed: the registration goes on.</summary>
internal sealed class AdmitVerified(Admission admission) : IConsumer<AccountVerified>
{
    public Task Consume(AccountVerified e, CancellationToken ct) => admission.Confirmed(e.AccountId, ct);
}
