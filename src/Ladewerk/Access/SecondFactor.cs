using System.Globalization;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;

namespace Ladewerk.Access;

/// <summary>An authenticator app to set up: the key as text, and as the address that a QR code carries.</summary>
public sealed record AuthenticatorKey(string Text, string Address);

/// <summary>
/// The second factor of an account: codes of an authenticator app (RFC 6238), and recovery codes for the day on which the phone is lost.
/// A code works once.
/// </summary>
internal sealed class SecondFactor(UserManager<Account> accounts, AuditLog audit, TimeProvider time)
{
    /// <summary>Recovery codes at a time.</summary>
    public const int RecoveryCodes = 10;

    private const string Store = "Ladewerk", LastCode = "LastCode";

    // Under these names ASP.NET Core Identity keeps the key; it has no call that forgets it.
    private const string KeyStore = "[AspNetUserStore]", KeyName = "AuthenticatorKey";

    // A code holds for the step before and after as well: so long it must not work again.
    private static readonly TimeSpan CodeLives = TimeSpan.FromMinutes(5);

    /// <summary>Makes a key for an app to be set up; it counts for nothing until the app's first code comes.</summary>
    public Task Prepare(Account account) => account.TwoFactorEnabled ? Task.CompletedTask : accounts.ResetAuthenticatorKeyAsync(account);

    /// <summary>The key that waits for its first code; null where none was made.</summary>
    public async Task<AuthenticatorKey?> Waiting(Account account)
    {
        if (account.TwoFactorEnabled || await accounts.GetAuthenticatorKeyAsync(account) is not { Length: > 0 } key)
        {
            return null;
        }

        var address = $"otpauth://totp/Ladewerk:{Uri.EscapeDataString(account.Email!)}?secret={key}&issuer=Ladewerk&digits=6";
        return new AuthenticatorKey(string.Join(' ', key.Chunk(4).Select(four => new string(four))), address);
    }

    /// <summary>Turns it on with the app's first code; gives the recovery codes, or null where the code is wrong.</summary>
    public async Task<IReadOnlyList<string>?> TurnOn(Account account, string code)
    {
        if (!await Check(account, code))
        {
            return null;
        }

        audit.Record("account.secondFactorOn", "account", account.Id.ToString());
        await accounts.SetTwoFactorEnabledAsync(account, true);
        return await NewCodes(account);
    }

    /// <summary>New recovery codes; the old ones work no more.</summary>
    public async Task<IReadOnlyList<string>> NewCodes(Account account)
    {
        audit.Record("account.recoveryCodesMade", "account", account.Id.ToString());
        return [.. await accounts.GenerateNewTwoFactorRecoveryCodesAsync(account, RecoveryCodes) ?? []];
    }

    /// <summary>Turns it off and forgets the key.</summary>
    public async Task TurnOff(Account account)
    {
        audit.Record("account.secondFactorOff", "account", account.Id.ToString());
        await accounts.SetTwoFactorEnabledAsync(account, false);
        await accounts.RemoveAuthenticationTokenAsync(account, KeyStore, KeyName);
    }

    /// <summary>Whether the app shows this code now and it was not used before.</summary>
    public async Task<bool> Check(Account account, string code)
    {
        var digits = new string([.. code.Where(char.IsAsciiDigit)]);
        var last = await accounts.GetAuthenticationTokenAsync(account, Store, LastCode);
        if (last?.Split(' ') is [var used, var until] && used == digits && long.Parse(until, CultureInfo.InvariantCulture) > time.GetUtcNow().ToUnixTimeSeconds())
        {
            return false;
        }

        if (!await accounts.VerifyTwoFactorTokenAsync(account, accounts.Options.Tokens.AuthenticatorTokenProvider, digits))
        {
            return false;
        }

        var expires = (time.GetUtcNow() + CodeLives).ToUnixTimeSeconds();
        await accounts.SetAuthenticationTokenAsync(account, Store, LastCode, string.Create(CultureInfo.InvariantCulture, $"{digits} {expires}"));
        return true;
    }
}
