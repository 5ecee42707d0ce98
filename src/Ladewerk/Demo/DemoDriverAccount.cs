using System.Security.Cryptography;
using Ladewerk.Access;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Demo;

/// <summary>An account with which one of the demonstration's drivers signs in to the driver app, with weeks of history behind it.</summary>
internal sealed class DemoDriverAccount(LadewerkDb db, TenantContext tenant, UserManager<Account> accounts, IOptions<BootstrapOptions> bootstrap, TimeProvider time)
{
    public const string Email = "driver@ladewerk.local";

    /// <summary>Makes the account where it is not there yet; the password is the administrator's where that one was chosen, else a new one, which is given back to be shown once.</summary>
    public async Task<string?> Run(CancellationToken ct)
    {
        if (await accounts.FindByEmailAsync(Email) is not null)
        {
            return null;
        }

        var name = DemoPeople.Drivers[0].Name;
        var driver = await db.Set<Driver>().FirstOrDefaultAsync(d => d.Name == name && d.AccountId == null, ct);
        if (driver is null)
        {
            return null;
        }

        var password = bootstrap.Value.AdminPassword ?? RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 20);
        var account = new Account { TenantId = tenant.Current, UserName = Email, Email = Email, EmailConfirmed = true, DisplayName = name, Role = Role.Driver, CreatedAt = time.GetUtcNow() };
        var made = await accounts.CreateAsync(account, password);
        if (!made.Succeeded)
        {
            throw new InvalidOperationException($"The demonstration's driver cannot be created: {string.Join(' ', made.Errors.Select(e => e.Description))}");
        }

        driver.AccountId = account.Id;
        await db.SaveChangesAsync(ct);
        return bootstrap.Value.AdminPassword is null ? password : null;
    }
}
