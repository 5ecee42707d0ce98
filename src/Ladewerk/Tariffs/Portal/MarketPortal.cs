using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Ladewerk.Tariffs.Market;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tariffs.Portal;

/// <summary>The form of the source of market prices.</summary>
internal static class MarketPortal
{
    private const string Page = "/portal/tariffs/market", Form = Page + "/feed";

    public static void MapMarketPortal(this WebApplication app)
    {
        var write = app.MapGroup("").RequirePermission(Permission.TariffsWrite).ExcludeFromDescription();
        write.MapGet(Form, async (LadewerkDb db, Texts t, CancellationToken ct) => Show(t, await db.Set<MarketFeed>().AsNoTracking().SingleOrDefaultAsync(ct), null));
        write.MapPost(Form, Save);
    }

    private static async Task<IResult> Save([FromForm] IFormCollection form, SaveMarketFeed save, Texts t, HttpContext http, CancellationToken ct)
    {
        if (form["kind"] == "none")
        {
            await save.End(ct);
            return Answer.Go(http, Page);
        }

        var wish = new MarketFeedWish(form["kind"] == "file" ? MarketFeedKind.File : MarketFeedKind.Http, form["address"].ToString(), form["secret"].ToString());
        var (feed, faults) = await save.Run(wish, ct);
        return feed is null ? Show(t, new MarketFeed { TenantId = default, Kind = wish.Kind, Address = wish.Address }, faults) : Answer.Go(http, Page);
    }

    private static RazorComponentResult<AnswerPage> Show(Texts t, MarketFeed? feed, Faults? faults) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), t["tariffs.market.feed"]), (nameof(EntityForm.Action), Form), (nameof(EntityForm.Back), Page),
        (nameof(EntityForm.Crumbs), new[] { (t["tariffs.title"], (string?)"/portal/tariffs"), (t["tariffs.market.title"], Page) }),
        (nameof(EntityForm.Fields), (IReadOnlyList<FormField>)
        [
            new("kind", t["tariffs.market.kind"], feed is null ? "http" : feed.Kind == MarketFeedKind.File ? "file" : "http")
            {
                Options = [("http", t["tariffs.market.kind.http"]), ("file", t["tariffs.market.kind.file"]), ("none", t["tariffs.market.kind.none"])],
            },
            new("address", t["tariffs.market.address"], feed?.Address) { Hint = t["tariffs.market.address.what"] },
            new("secret", t["tariffs.market.secret"], "", "password") { Hint = t[feed?.SecretSealed is null ? "tariffs.market.secret.what" : "tariffs.market.secret.kept"] },
        ]),
        (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
}
