using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers;

/// <summary>A driver as the API shows it.</summary>
public sealed record DriverView(DriverId Id, string Name, string? Email, string? Phone, string Locale, string Status, BillingAccountId? BillingAccountId, string? Number, Guid? AccountId, DateTimeOffset CreatedAt);

/// <summary>A driver to make.</summary>
public sealed record NewDriver(string Name, string? Email = null, string? Phone = null, string? Locale = null, string? Status = null, BillingAccountId? BillingAccountId = null, string? Number = null);

/// <summary>A change of a driver; what is absent stays.</summary>
public sealed record DriverPatch
{
    public string? Name { get; init; }
    public Optional<string> Email { get; init; }
    public Optional<string> Phone { get; init; }
    public string? Locale { get; init; }
    public string? Status { get; init; }
    public Optional<BillingAccountId?> BillingAccountId { get; init; }
    public Optional<string> Number { get; init; }
}

/// <summary><c>/drivers</c></summary>
internal static class DriversApi
{
    public static DriverView View(Driver d) => new(d.Id, d.Name, d.Email, d.Phone, d.Locale, d.Status, d.BillingAccountId, d.Number, d.AccountId, d.CreatedAt);

    public static async Task<Ok<Page<DriverView>>> List(string? q, string? status, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor)?.Split('\n'));
        var drivers = db.Set<Driver>().AsNoTracking();
        drivers = status is null ? drivers : drivers.Where(d => d.Status == status);
        drivers = q is null ? drivers : drivers.Matching(q);
        if (after is [var name, var id] && Guid.TryParse(id, out var last))
        {
            drivers = drivers.Where(d => EF.Functions.GreaterThan(ValueTuple.Create(d.Name, d.Id), ValueTuple.Create(name, new DriverId(last))));
        }

        var rows = await drivers.OrderBy(d => d.Name).ThenBy(d => d.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, d => $"{d.Name}\n{d.Id.Value}"));
    }

    public static async Task<Results<Created<DriverView>, ValidationProblem>> Create(NewDriver request, SaveDriver save, CancellationToken ct)
    {
        var (driver, faults) = await save.Create(request, ct);
        return driver is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/drivers/{driver.Id.Value}", View(driver));
    }

    public static async Task<Results<Ok<DriverView>, ProblemHttpResult>> Get(Guid id, SaveDriver drivers, CancellationToken ct) =>
        await drivers.Find(id, ct) is { } driver ? TypedResults.Ok(View(driver)) : Problems.NotFound("driver");

    public static async Task<Results<Ok<DriverView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, DriverPatch patch, SaveDriver drivers, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        return await drivers.Patch(driver, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(driver));
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, SaveDriver drivers, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        await drivers.Delete(driver, ct);
        return TypedResults.NoContent();
    }
}

/// <summary>Finds, makes, changes and deletes drivers.</summary>
internal sealed class SaveDriver(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    public Task<Driver?> Find(Guid id, CancellationToken ct) => db.Set<Driver>().SingleOrDefaultAsync(d => d.Id == new DriverId(id), ct);

    public async Task<(Driver? Made, Faults Faults)> Create(NewDriver wish, CancellationToken ct)
    {
        var driver = new Driver
        {
            TenantId = tenant.Current, Name = wish.Name?.Trim() ?? "", Email = wish.Email, Phone = wish.Phone, Locale = wish.Locale ?? "de", Status = wish.Status ?? "active",
            BillingAccountId = wish.BillingAccountId, Number = wish.Number, CreatedAt = time.GetUtcNow(),
        };
        var faults = await Check(driver, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(driver);
        audit.Record("driver.created", "driver", driver.Id.Value.ToString(), after: DriversApi.View(driver));
        await db.SaveChangesAsync(ct);
        return (driver, faults);
    }

    public async Task<Faults> Patch(Driver driver, DriverPatch patch, CancellationToken ct)
    {
        var before = DriversApi.View(driver);
        driver.Name = patch.Name?.Trim() ?? driver.Name;
        driver.Email = patch.Email.Or(driver.Email);
        driver.Phone = patch.Phone.Or(driver.Phone);
        driver.Locale = patch.Locale ?? driver.Locale;
        driver.Status = patch.Status ?? driver.Status;
        driver.BillingAccountId = patch.BillingAccountId.Or(driver.BillingAccountId);
        driver.Number = patch.Number.Or(driver.Number);
        var faults = await Check(driver, ct);
        if (!faults.Any)
        {
            audit.Record("driver.changed", "driver", driver.Id.Value.ToString(), before, DriversApi.View(driver));
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.SaveChangesAsync(ct);
            if (driver.Status != before.Status)
            {
                await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(Urgent: true), ct);
            }

            await transaction.CommitAsync(ct);
        }

        return faults;
    }

    public async Task Delete(Driver driver, CancellationToken ct)
    {
        db.Remove(driver);
        audit.Record("driver.deleted", "driver", driver.Id.Value.ToString(), DriversApi.View(driver));
        await db.SaveChangesAsync(ct);
    }

    private async Task<Faults> Check(Driver driver, CancellationToken ct)
    {
        var faults = new Faults().Text("name", driver.Name).Email("email", driver.Email).Short("phone", driver.Phone, 50).Short("number", driver.Number, 50)
            .Unless(driver.Locale is "de" or "en", "locale", "de or en.").Unless(driver.Status is "active" or "blocked" or "closed", "status", "active, blocked or closed.");
        if (driver.Number is { } number && await db.Set<Driver>().AnyAsync(d => d.Number == number && d.Id != driver.Id, ct))
        {
            faults.Add("number", "There already is a driver of this number.");
        }

        return driver.BillingAccountId is { } payer && !await db.Set<BillingAccount>().AnyAsync(a => a.Id == payer, ct) ? faults.Add("billingAccountId", "No such billing account.") : faults;
    }
}
