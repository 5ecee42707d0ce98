using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access;

/// <summary>A passkey as its owner sees it.</summary>
/// <param name="Id">Credential id, fit for an address.</param>
/// <param name="IsSynced">Kept by the maker's cloud, so that it outlives the device.</param>
public sealed record PasskeyView(string Id, string Name, DateTimeOffset CreatedAt, bool IsSynced);

/// <summary>
/// Passkeys (WebAuthn Level 3): something the person has, opened by something he is or knows. User verification is demanded, so one counts as both
/// factors. Discoverable, so nobody types an e-mail.
/// </summary>
internal sealed class Passkeys(UserManager<Account> accounts, SignInManager<Account> signIn, AccountLinks links, LadewerkDb db, AuditLog audit)
{
    private const int Most = 20, LongestName = 60;

    /// <summary>What the browser needs to make a passkey, as JSON.</summary>
    public Task<string> CreationOptions(Account account) => signIn.MakePasskeyCreationOptionsAsync(new()
    {
        Id = account.Id.ToString(), Name = account.Email!, DisplayName = account.DisplayName,
    });

    /// <summary>What the browser needs to sign in with one that it has, as JSON.</summary>
    public Task<string> RequestOptions() => signIn.MakePasskeyRequestOptionsAsync(user: null);

    /// <summary>Keeps the passkey that the browser made; false where the answer does not fit the question.</summary>
    public async Task<bool> Add(Account account, string credential, string name, CancellationToken ct)
    {
        if ((await accounts.GetPasskeysAsync(account)).Count >= Most)
        {
            return false;
        }

        var made = await signIn.PerformPasskeyAttestationAsync(credential);
        if (!made.Succeeded || made.UserEntity.Id != account.Id.ToString())
        {
            return false;
        }

        made.Passkey.Name = Short(name);
        audit.Record("account.passkeyAdded", "account", account.Id.ToString(), after: new { made.Passkey.Name });
        await links.Tell(account, "PasskeyAdded", ct);
        return (await accounts.AddOrUpdatePasskeyAsync(account, made.Passkey)).Succeeded; // saves the entry and the mail with it
    }

    /// <summary>The account's passkeys, oldest first.</summary>
    public async Task<IReadOnlyList<PasskeyView>> Of(Account account) =>
        [.. (await accounts.GetPasskeysAsync(account)).OrderBy(p => p.CreatedAt).Select(p => new PasskeyView(Text(p.CredentialId), p.Name ?? "Passkey", p.CreatedAt, p.IsBackedUp))];

    /// <summary>Another name; false where the account has no such passkey.</summary>
    public async Task<bool> Rename(Account account, string id, string name)
    {
        if (Bytes(id) is not { } credential || await accounts.GetPasskeyAsync(account, credential) is not { } passkey)
        {
            return false;
        }

        audit.Record("account.passkeyRenamed", "account", account.Id.ToString(), before: new { passkey.Name }, after: new { Name = Short(name) });
        passkey.Name = Short(name);
        return (await accounts.AddOrUpdatePasskeyAsync(account, passkey)).Succeeded;
    }

    /// <summary>The passkey opens nothing any more; false where the account has no such passkey.</summary>
    public async Task<bool> Remove(Account account, string id, CancellationToken ct)
    {
        if (Bytes(id) is not { } credential || await accounts.GetPasskeyAsync(account, credential) is not { } passkey)
        {
            return false;
        }

        audit.Record("account.passkeyRemoved", "account", account.Id.ToString(), before: new { passkey.Name });
        await links.Tell(account, "PasskeyRemoved", ct);
        await accounts.RemovePasskeyAsync(account, credential);
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Whose passkey answered, its counter brought up to date; null where none of ours did.</summary>
    public async Task<Account?> Check(string credential)
    {
        var result = await signIn.PerformPasskeyAssertionAsync(credential);
        return result.Succeeded && result.User is { DisabledAt: null } account && (await accounts.AddOrUpdatePasskeyAsync(account, result.Passkey)).Succeeded ? account : null;
    }

    private static string Short(string name) => name.Trim() is { Length: > 0 } text ? text[..Math.Min(text.Length, LongestName)] : "Passkey";

    private static string Text(byte[] id) => Convert.ToHexStringLower(id);

    private static byte[]? Bytes(string id) => id.Length is > 0 and <= 2048 && id.Length % 2 == 0 && id.All(char.IsAsciiHexDigit) ? Convert.FromHexString(id) : null;
}

internal sealed class PasskeyModel : IEntityTypeConfiguration<IdentityUserPasskey<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserPasskey<Guid>> builder)
    {
        builder.ToTable("account_passkey").HasKey(p => p.CredentialId);
        builder.OwnsOne(p => p.Data, data => data.ToJson("data"));
    }
}
