using System.Text.Json;

namespace Ladewerk.Access.External;

/// <summary>Who somebody is, by a provider's word.</summary>
/// <param name="EmailVerified">Whether the provider says that the address is the person's own.</param>
/// <param name="Groups">Values of the role claim.</param>
public sealed record ExternalPerson(string Subject, string? Email, bool EmailVerified, string? Name, IReadOnlyList<string> Groups)
{
    /// <summary>Reads the claims of ID token and user info together; the token goes first.</summary>
    public static ExternalPerson Of(JsonElement token, JsonElement? info, string? roleClaim)
    {
        string? Text(string name) => JsonWebToken.Text(token, name) ?? (info is { } more ? JsonWebToken.Text(more, name) : null);
        bool Yes(JsonElement claims) => claims.TryGetProperty("email_verified", out var value) && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && value.GetString() == "true"));
        // Whoever says the address must say that it is verified.
        var verified = JsonWebToken.Text(token, "email") is not null ? Yes(token) : info is { } other && Yes(other);
        IReadOnlyList<string> groups = roleClaim is null ? [] : [.. JsonWebToken.Texts(token, roleClaim), .. info is { } i ? JsonWebToken.Texts(i, roleClaim) : []];
        return new(JsonWebToken.Text(token, "sub")!, Text("email"), verified, Text("name") ?? Text("preferred_username"), groups);
    }
}

/// <summary>What is to be done with a person whom a provider sends; each "no" has a text <c>access.external.{name}</c>.</summary>
public enum ExternalVerdict
{
    /// <summary>The account that is tied to this person.</summary>
    SignIn,

    /// <summary>Tie the account of the same address to this person, and sign in.</summary>
    Link,

    /// <summary>Make an account.</summary>
    Create,

    /// <summary>Nobody knows the person and nobody is made.</summary>
    Unknown,

    /// <summary>There is an account of this address; its owner has to tie it, signed in.</summary>
    LinkFirst,

    /// <summary>The provider does not confirm the address.</summary>
    Unverified,

    /// <summary>The address is of none of the allowed domains.</summary>
    Domain,

    /// <summary>No rule gives this person a role.</summary>
    NoRole,
}

/// <summary>The operator's rules for people whom a provider sends. Pure.</summary>
internal static class ExternalRules
{
    /// <param name="isTied">Whether an account is tied to this person already.</param>
    /// <param name="isKnown">Whether the operator has an account of the same, confirmed address.</param>
    /// <param name="isTaken">Whether anybody has an account of this address.</param>
    public static ExternalVerdict Decide(IdentityProvider provider, ExternalPerson person, bool isTied, bool isKnown, bool isTaken)
    {
        if (isTied)
        {
            return ExternalVerdict.SignIn;
        }

        if (!isTaken && !provider.CreateAccounts)
        {
            return ExternalVerdict.Unknown;
        }

        if (person.Email is not { } email || !person.EmailVerified)
        {
            return isTaken ? ExternalVerdict.LinkFirst : ExternalVerdict.Unverified;
        }

        if (provider.EmailDomains.Count > 0 && !provider.EmailDomains.Contains(email[(email.LastIndexOf('@') + 1)..], StringComparer.OrdinalIgnoreCase))
        {
            return ExternalVerdict.Domain;
        }

        if (isTaken)
        {
            return isKnown && provider.LinkByEmail ? ExternalVerdict.Link : ExternalVerdict.LinkFirst;
        }

        return RoleOf(provider, person) is null ? ExternalVerdict.NoRole : ExternalVerdict.Create;
    }

    /// <summary>The role of a new account: the first rule that fits, else the provider's default. Never one that runs the installation.</summary>
    public static Role? RoleOf(IdentityProvider provider, ExternalPerson person) => (Mapped(provider, person) ?? provider.DefaultRole) is { } role && role != Role.PlatformAdmin ? role : null;

    /// <summary>The role that the provider's word gives; null where no rule fits, and the account keeps its own.</summary>
    public static Role? Mapped(IdentityProvider provider, ExternalPerson person) =>
        provider.Roles.Find(rule => rule.Role != Role.PlatformAdmin && person.Groups.Contains(rule.Value, StringComparer.Ordinal))?.Role;
}
