using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Registration;

/// <summary>A wish for an invitation: by mail to one person, or a code for many where there is no address.</summary>
/// <param name="Number">The operator's number of the driver that becomes theirs.</param>
public sealed record NewInvitation(string? Email = null, string? Name = null, string? Number = null, string? Language = null, int? MaxUses = null);

/// <summary>Makes invitations, singly and from a list, and takes them back.</summary>
internal sealed class Invitations(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, MailQueue mails, SiteAddress site, TimeProvider time)
{
    public const int MostAtOnce = 1000, MostUses = 10_000;

    /// <summary>The invitation and its code, which is shown once; or what is wrong with the wish.</summary>
    public async Task<(RegistrationInvitation? Made, string? Code, Faults Faults)> Create(NewInvitation wish, CancellationToken ct)
    {
        var faults = Check(wish, "");
        if (faults.Any)
        {
            return (null, null, faults);
        }

        var (made, code) = Add(wish, await Operator(ct));
        await db.SaveChangesAsync(ct);
        return (made, code, faults);
    }

    /// <summary>Invites all of a list, or says what is wrong with it; faults name the place in the list.</summary>
    public async Task<(int Made, Faults Faults)> CreateAll(IReadOnlyList<NewInvitation> wishes, CancellationToken ct)
    {
        var faults = new Faults().Unless(wishes.Count is > 0 and <= MostAtOnce, "invitations", $"1 to {MostAtOnce}.");
        foreach (var (i, wish) in wishes.Index())
        {
            faults.AddRange(Check(wish, $"invitations[{i}].").Unless(wish.Email is not null, $"invitations[{i}].email", "Not an e-mail address.").Errors);
        }

        if (faults.Any)
        {
            return (0, faults);
        }

        var name = await Operator(ct);
        foreach (var wish in wishes)
        {
            Add(wish, name);
        }

        await db.SaveChangesAsync(ct);
        return (wishes.Count, faults);
    }

    public async Task<bool> Revoke(Guid id, CancellationToken ct)
    {
        if (await db.Set<RegistrationInvitation>().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } invitation)
        {
            return false;
        }

        invitation.RevokedAt ??= time.GetUtcNow();
        audit.Record("invitation.revoked", "invitation", id.ToString());
        await db.SaveChangesAsync(ct);
        return true;
    }

    private (RegistrationInvitation Made, string Code) Add(NewInvitation wish, (string Slug, string Name, string Language) host)
    {
        var (code, now) = (RegistrationInvitation.NewCode(), time.GetUtcNow());
        var made = new RegistrationInvitation
        {
            TenantId = tenant.Current, Email = wish.Email?.Trim(), Name = wish.Name?.Trim(), Number = wish.Number?.Trim(), Language = wish.Language ?? host.Language, CodeHash = RegistrationInvitation.Hash(code),
            MaxUses = wish.Email is null ? wish.MaxUses ?? 1 : 1, CreatedAt = now, CreatedBy = actor.Name, ExpiresAt = now + RegistrationInvitation.Lasts,
        };
        db.Add(made);
        audit.Record("invitation.created", "invitation", made.Id.ToString(), after: new { made.Email, made.Number, made.MaxUses });
        if (made.Email is { } to)
        {
            string Say(string part) => Texts.In(made.Language, "registration.mail.invited." + part, host.Name, made.Name ?? to, code);
            mails.Enqueue(new NewMail("invitation", to, made.Language, Say("subject"), new MailContent(Say("heading"), [Say("text")])
            {
                Action = new MailAction(Say("action"), site.Of($"/register?tenant={host.Slug}&code={code}")), Facts = [new MailFact(Say("code"), code)], SmallPrint = [Say("until")],
            })
            {
                ToName = made.Name, ExpiresAt = made.ExpiresAt,
            });
        }

        return (made, code);
    }

    private async Task<(string Slug, string Name, string Language)> Operator(CancellationToken ct)
    {
        var host = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        return (host.Slug, host.Name, host.Language);
    }

    private static Faults Check(NewInvitation wish, string at) => new Faults()
        .Unless(wish.Email is null || MailQueue.IsAddress(wish.Email.Trim()), at + "email", "Not an e-mail address.").Short(at + "name", wish.Name).Short(at + "number", wish.Number, 50)
        .Unless(wish.Language is null or "de" or "en", at + "language", "de or en.").Unless(wish.MaxUses is null or (>= 1 and <= MostUses), at + "maxUses", $"1 to {MostUses}.");
}
