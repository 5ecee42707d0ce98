using System.Text;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Vouchers;

/// <summary>A batch of vouchers as the API shows it.</summary>
public sealed record VoucherBatchView(
    CodeBatchId Id, string Name, CodeGrants Grants, decimal Amount, string? Currency, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, IReadOnlyList<Guid> Sites, int MaxUses, int Codes,
    DateTimeOffset CreatedAt);

/// <summary>A code as the API shows it.</summary>
/// <param name="Code">As it is printed.</param>
/// <param name="Remaining">Wh, money or sessions; 0 for a stay.</param>
/// <param name="Uses">How often a session began with it.</param>
public sealed record CodeView(
    ChargeCodeId Id, string Code, string? Label, CodeGrants Grants, decimal Remaining, string? Currency, DateTimeOffset? ValidUntil, IReadOnlyList<Guid> Sites, int Uses, bool Revoked, DateTimeOffset CreatedAt);

/// <summary>When a guest leaves.</summary>
internal sealed record GuestCodePatch(DateTimeOffset ValidUntil);

/// <summary>A code that somebody wants to charge with.</summary>
/// <param name="Evse">EVSE-ID, "station/number", or a station's identity.</param>
internal sealed record RedeemWish(string Evse, string Code);

/// <summary><c>/vouchers</c> and <c>/guest-codes</c></summary>
internal static class CodesApi
{
    public static void MapCodes(this RouteGroupBuilder api)
    {
        var vouchers = api.MapGroup("/vouchers").WithTags("Vouchers");
        vouchers.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Batches of vouchers, the newest first");
        vouchers.MapPost("/", Create).RequirePermission(Permission.DriversWrite).WithSummary("Make a batch of vouchers");
        vouchers.MapGet("/{id:guid}/codes", Codes).RequirePermission(Permission.DriversWrite).WithSummary("The codes of a batch, to be printed");
        vouchers.MapGet("/{id:guid}/codes.csv", CodesCsv).RequirePermission(Permission.DriversWrite).WithSummary("The same as a table");
        vouchers.MapPost("/codes/{id:guid}/revoke", Revoke).RequirePermission(Permission.DriversWrite).WithSummary("Revoke a voucher");
        api.MapPost("/codes/redeem", Redeem).RequirePermission(Permission.DriversWrite).WithTags("Vouchers").WithSummary("Let whoever knows a code charge at an EVSE: gives the token to start with");
        var guests = api.MapGroup("/guest-codes").WithTags("Guest codes");
        guests.MapGet("/", Guests).RequirePermission(Permission.DriversWrite).WithSummary("Codes of guests, the newest first");
        guests.MapPost("/", CreateGuest).RequirePermission(Permission.DriversWrite).WithSummary("Make a guest's code: who, and until when");
        guests.MapPatch("/{id:guid}", Prolong).RequirePermission(Permission.DriversWrite).WithSummary("The guest leaves later, or earlier");
        guests.MapPost("/{id:guid}/revoke", Revoke).RequirePermission(Permission.DriversWrite).WithSummary("Revoke a guest's code");
    }

    public static VoucherBatchView View(CodeBatch b) => new(b.Id, b.Name, b.Grants, b.Amount, b.Currency, b.ValidFrom, b.ValidUntil, b.Sites, b.MaxUses, b.Codes, b.CreatedAt);

    private static async Task<Ok<Page<VoucherBatchView>>> List(int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor));
        var batches = db.Set<CodeBatch>().AsNoTracking();
        batches = Guid.TryParse(after, out var last) ? batches.Where(b => EF.Functions.LessThan(ValueTuple.Create(b.Id), ValueTuple.Create(new CodeBatchId(last)))) : batches;
        var rows = await batches.OrderByDescending(b => b.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, b => b.Id.Value.ToString()));
    }

    private static async Task<Results<Created<VoucherBatchView>, ValidationProblem>> Create(NewVouchers request, MakeCodes make, CancellationToken ct)
    {
        var (made, faults) = await make.Vouchers(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/vouchers/{made.Id.Value}/codes", View(made));
    }

    private static async Task<Results<Ok<Page<CodeView>>, ProblemHttpResult>> Codes(Guid id, FindCodes find, CancellationToken ct) =>
        await find.OfBatch(new CodeBatchId(id), ct) is { } codes ? TypedResults.Ok(new Page<CodeView>(codes, null)) : Problems.NotFound("batch");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> CodesCsv(Guid id, FindCodes find, CancellationToken ct)
    {
        if (await find.OfBatch(new CodeBatchId(id), ct) is not { } codes)
        {
            return Problems.NotFound("batch");
        }

        var text = Csv.Write(["code"]) + string.Concat(codes.Select(c => Csv.Write([c.Code])));
        return TypedResults.File(Encoding.UTF8.GetBytes(text), "text/csv; charset=utf-8", "vouchers.csv");
    }

    private static async Task<Results<Ok<Redeemed.Accepted>, ProblemHttpResult>> Redeem(RedeemWish request, RedeemCode redeem, HttpContext http, CancellationToken ct) =>
        await redeem.Run(request.Evse, request.Code, http.Connection.RemoteIpAddress?.ToString(), ct) switch
        {
            Redeemed.Accepted accepted => TypedResults.Ok(accepted),
            Redeemed.Refused { Reason: var reason } => Problems.Conflict("code-" + JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()), Texts.In("en", "drivers.code." + JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()))),
            _ => throw new InvalidOperationException("No such outcome."),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(Guid id, MakeCodes make, CancellationToken ct) =>
        await make.Revoke(new ChargeCodeId(id), ct) ? TypedResults.NoContent() : Problems.NotFound("code");

    private static async Task<Ok<Page<CodeView>>> Guests(int? limit, string? cursor, FindCodes find, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor));
        var rows = await find.Guests(count + 1, Guid.TryParse(after, out var last) ? new ChargeCodeId(last) : null, ct);
        return TypedResults.Ok(Paging.Of(rows, count, c => c.Id.Value.ToString()));
    }

    private static async Task<Results<Created<CodeView>, ValidationProblem>> CreateGuest(NewGuestCode request, MakeCodes make, FindCodes find, CancellationToken ct)
    {
        var (made, faults) = await make.Guest(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/guest-codes/{made.Id.Value}", find.View(made, 0));
    }

    private static async Task<Results<Ok<CodeView>, ProblemHttpResult>> Prolong(Guid id, GuestCodePatch patch, MakeCodes make, FindCodes find, CancellationToken ct) =>
        await make.Prolong(new ChargeCodeId(id), patch.ValidUntil, ct) is { } code ? TypedResults.Ok(find.View(code, 0)) : Problems.NotFound("guest code");
}

/// <summary>Reads codes, readable again.</summary>
internal sealed class FindCodes(LadewerkDb db, CodeBook book, TenantContext tenant, CodeAttempts attempts, TimeProvider time)
{
    /// <summary>
    /// What somebody shows who knows a code, whoever's it is; the scope works for that operator from then on. Null: not known, revoked, ended,
    /// used up, or asked for too often from that address.
    /// </summary>
    public async Task<CodeView?> Shown(string text, string? from, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (!attempts.MayTry(default, from, now))
        {
            return null;
        }

        var hash = CodeBook.Hash(CodeBook.Bare(text) ?? "");
        var found = await db.Set<ChargeCode>().IgnoreQueryFilters().AsNoTracking().FirstOrDefaultAsync(c => c.CodeHash == hash, ct);
        if (found is null || found.RevokedAt is not null || found.ValidUntil <= now || (found.Grants != CodeGrants.Stay && found.Remaining <= 0))
        {
            attempts.Failed(default, from, now);
            return null;
        }

        tenant.Use(found.TenantId);
        return View(found, 0);
    }

    /// <summary>A guest's code; null where there is none.</summary>
    public async Task<CodeView?> Guest(ChargeCodeId id, CancellationToken ct) =>
        (await Read(db.Set<ChargeCode>().Where(c => c.Id == id && c.Kind == "guest"), ct)) is [var found] ? found : null;

    public CodeView View(ChargeCode c, int uses) => new(c.Id, book.Open(c.CodeSealed), c.Label, c.Grants, c.Remaining, c.Currency, c.ValidUntil, c.Sites, uses, c.RevokedAt is not null, c.CreatedAt);

    /// <summary>Null where there is no such batch.</summary>
    public async Task<IReadOnlyList<CodeView>?> OfBatch(CodeBatchId batch, CancellationToken ct) => await db.Set<CodeBatch>().AnyAsync(b => b.Id == batch, ct)
        ? await Read(db.Set<ChargeCode>().Where(c => c.BatchId == batch).OrderBy(c => c.Id), ct)
        : null;

    public async Task<IReadOnlyList<CodeView>> Guests(int count, ChargeCodeId? after, CancellationToken ct)
    {
        var guests = db.Set<ChargeCode>().Where(c => c.Kind == "guest");
        guests = after is { } last ? guests.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.Id), ValueTuple.Create(last))) : guests;
        return await Read(guests.OrderByDescending(c => c.Id).Take(count), ct);
    }

    private async Task<IReadOnlyList<CodeView>> Read(IQueryable<ChargeCode> codes, CancellationToken ct) =>
        [.. (await codes.AsNoTracking().Select(c => new { Code = c, Uses = db.Set<CodeUse>().Count(u => u.CodeId == c.Id && u.SessionId != null) }).ToListAsync(ct)).Select(r => View(r.Code, r.Uses))];
}
