using System.Security.Cryptography;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>How the first start sets an empty installation up. Read on that start only.</summary>
public sealed class BootstrapOptions
{
    /// <summary>Slug of the first tenant.</summary>
    public string Tenant { get; set; } = "default";

    /// <summary>Name of the first tenant.</summary>
    public string TenantName { get; set; } = "Ladewerk";
    public string AdminEmail { get; set; } = "admin@ladewerk.local";

    /// <summary>Absent: a random one, printed once.</summary>
    public string? AdminPassword { get; set; }

    /// <summary>Taken as it stands; absent: a random one, printed once.</summary>
    public string? ApiKey { get; set; }
}

/// <summary>Makes the first tenant, its administrator and an API key, where there is no tenant yet.</summary>
internal sealed class Bootstrap(LadewerkDb db, TenantContext context, UserManager<Account> accounts, IPasswordHasher<Account> hasher, TimeProvider time)
{
    private const long LockKey = 0x4C61_6465_426F_6F74;

    /// <summary>What was made, for printing once; null where there already was a tenant.</summary>
    public sealed record FirstStart(string AdminEmail, string AdminPassword, bool PasswordIsNew, string ApiKey, bool KeyIsNew)
    {
        /// <summary>Whether there is something that the operator does not know yet.</summary>
        public bool HasNews => PasswordIsNew || KeyIsNew;
    }

    public async Task<FirstStart?> Run(BootstrapOptions options, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({LockKey})", ct);
        if (await db.Set<Tenant>().AnyAsync(ct))
        {
            return null;
        }

        var tenant = new Tenant { Slug = options.Tenant, Name = options.TenantName, CreatedAt = time.GetUtcNow() };
        db.Add(tenant);
        context.Use(tenant.Id);
        await db.SaveChangesAsync(ct);

        var password = options.AdminPassword ?? RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 20);
        var account = new Account
        {
            TenantId = tenant.Id, UserName = options.AdminEmail, Email = options.AdminEmail, EmailConfirmed = true, DisplayName = "Administrator",
            Role = Role.PlatformAdmin, CreatedAt = time.GetUtcNow(),
        };
        account.PasswordHash = hasher.HashPassword(account, password);
        var made = await accounts.CreateAsync(account);
        if (!made.Succeeded)
        {
            throw new InvalidOperationException($"The administrator {options.AdminEmail} cannot be created: {string.Join(' ', made.Errors.Select(e => e.Description))}");
        }

        var secret = options.ApiKey ?? ApiKey.NewSecret();
        db.Add(new ApiKey
        {
            TenantId = tenant.Id, Name = "bootstrap", Hint = ApiKey.HintOf(secret), SecretHash = ApiKey.Hash(secret), Permissions = [.. Permission.All],
            CreatedAt = time.GetUtcNow(), CreatedBy = "system",
        });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new FirstStart(options.AdminEmail, password, options.AdminPassword is null, secret, options.ApiKey is null);
    }

    /// <summary>
    /// Shows, once and on the console alone (a log would keep it), how to get in. What the operator chose himself is not repeated.
    /// </summary>
    public static void Print(FirstStart first, ICollection<string> urls, TextWriter console)
    {
        string[] lines =
        [
            "Ladewerk is set up.",
            "",
            $"Portal     {string.Join("  ", urls.Select(url => url + "/"))}",
            $"E-mail     {first.AdminEmail}",
            $"Password   {(first.PasswordIsNew ? first.AdminPassword : "as configured")}",
            $"API key    {(first.KeyIsNew ? first.ApiKey : "as configured")}",
            "",
            "Write these down: they are shown this once.",
        ];
        var width = lines.Max(line => line.Length);
        var frame = new string('─', width + 2);
        console.WriteLine($"\n┌{frame}┐\n{string.Join('\n', lines.Select(line => $"│ {line.PadRight(width)} │"))}\n└{frame}┘\n");
    }
}
