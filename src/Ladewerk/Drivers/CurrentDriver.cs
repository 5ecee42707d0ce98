using System.Security.Claims;
using Ladewerk.Drivers.Registration;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers;

/// <summary>The driver whose account signed in for this request, within its tenant. An API key, an operator or a stranger is none.</summary>
public sealed class CurrentDriver(IHttpContextAccessor context, TenantContext tenant, LadewerkDb db, Admission admission)
{
    private (Driver? Driver, bool IsRead) found;

    /// <summary>The account that signed in; null for a key or a stranger.</summary>
    public Guid? AccountId => context.HttpContext?.User.Identities.FirstOrDefault(i => i.IsAuthenticated && i.AuthenticationType == IdentityConstants.ApplicationScheme)
        ?.FindFirst(ClaimTypes.NameIdentifier) is { } claim && Guid.TryParse(claim.Value, out var id) ? id : null;

    /// <summary>The driver, tracked; null where nobody signed in or the account is no driver's. Read once per request.</summary>
    public async Task<Driver?> Find(CancellationToken ct)
    {
        if (!found.IsRead)
        {
            found = (tenant.IsSet && AccountId is { } account ? await Of(account, ct) : null, true);
        }

        return found.Driver;
    }

    private async Task<Driver?> Of(Guid account, CancellationToken ct)
    {
        if (await db.Set<Driver>().SingleOrDefaultAsync(d => d.AccountId == account, ct) is { } driver)
        {
            return driver;
        }

        // Confirmed a moment ago, and here before the event was delivered.
        await admission.Confirmed(account, ct);
        return await db.Set<Driver>().SingleOrDefaultAsync(d => d.AccountId == account, ct);
    }
}
