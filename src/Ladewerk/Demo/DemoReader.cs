using Ladewerk.Kernel;
using Ladewerk.Payments;
using Ladewerk.Payments.Stripe;
using Ladewerk.Payments.Terminals;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Demo;

/// <summary>A card reader at the fast charger, where the demonstration pays at a provider that only pretends: one on this machine.</summary>
internal sealed partial class DemoReader(LadewerkDb db, IPaymentTerminals terminals, RegisterTerminal register, ChangeTerminal change, IOptions<StripeOptions> stripe, ILogger<DemoReader> logger)
{
    private const string Station = "SWM-HBF-01";

    /// <summary>Once for each run of the provider, which forgets; one that does not answer leaves it out.</summary>
    public async Task Run(CancellationToken ct)
    {
        if (!stripe.Value.ApiBase.IsLoopback || await terminals.Of(StripeTerminal.ProviderName, ct) is not { } provider)
        {
            return;
        }

        try
        {
            var known = await db.Set<PaymentTerminal>().AsNoTracking().FirstOrDefaultAsync(t => t.RemovedAt == null, ct);
            if (known is null || await provider.Find(known.ReaderId, ct) is null)
            {
                await Renew(known, ct);
            }
        }
        catch (PaymentProviderException failed)
        {
            LogLeftOut(failed.Fault);
        }
    }

    private async Task Renew(PaymentTerminal? former, CancellationToken ct)
    {
        if (former is not null)
        {
            await change.Remove(former.Id, ct);
        }

        if (await db.Set<ChargingStation>().AsNoTracking().Include(s => s.Evses).SingleOrDefaultAsync(s => s.Identity == Station && s.RemovedAt == null, ct) is not { SiteId: { } site } station)
        {
            return;
        }

        var wish = new NewTerminal(site.Value, "Terminal Schnelllader", "simulated-s700", Evses: [.. station.Evses.Select(e => e.ShortCode)], AsksItself: false);
        if (await register.Run(wish, ct) is TerminalResult.Unavailable failed)
        {
            LogLeftOut(failed.Fault);
        }
    }

    [LoggerMessage(LogLevel.Information, "The demonstration has no card reader: the pretended provider does not answer ({Fault})")]
    private partial void LogLeftOut(ProviderFault fault);
}
