using System.Security.Cryptography;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.DataProtection;

namespace Ladewerk.Notifications;

/// <summary>Who wants no more mails of what.</summary>
/// <param name="Event">Null: of nothing that is not necessary.</param>
internal sealed record Unwanted(TenantId Tenant, Guid Person, string? Event);

/// <summary>Links by which a mail is stopped without signing in (RFC 8058). They say for themselves whom they are for, and cannot be made up.</summary>
internal sealed class UnsubscribeLink(IDataProtectionProvider protection, SiteAddress address, TenantContext tenant)
{
    public const string Path = "/notifications/unsubscribe/";

    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Notifications.Unsubscribe");

    /// <summary>The link for a person's mails of an event.</summary>
    public Uri For(Guid person, string? e) => address.Of(Path + protector.Protect($"{tenant.Current}|{person}|{e}"));

    /// <summary>What a link says; null where it is none of ours.</summary>
    public Unwanted? Read(string token)
    {
        try
        {
            return protector.Unprotect(token).Split('|') is [var owner, var person, var e] ? new(TenantId.From(Guid.Parse(owner)), Guid.Parse(person), e.Length > 0 ? e : null) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}

/// <summary>Stops mails of an event, or of all, to a person.</summary>
internal sealed class Unsubscribe(PreferenceStore preferences, TenantContext tenant)
{
    public async Task Run(Unwanted unwanted, CancellationToken ct)
    {
        tenant.Use(unwanted.Tenant);
        var (wish, rules) = (await preferences.Of(unwanted.Person, ct), await preferences.Rules(ct));
        var events = wish.Events.ToDictionary(StringComparer.Ordinal);
        foreach (var e in Catalogue.All.Where(e => unwanted.Event is null || e.Name == unwanted.Event))
        {
            events[e.Name] = wish.For(e, rules) & ~Channels.Mail;
        }

        await preferences.Save(unwanted.Person, wish with { Events = events }, ct);
    }
}
