using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Ladewerk.Ocpp.V16;
using Ladewerk.Simulator.Quirks;

namespace Ladewerk.Simulator.Stations;

/// <summary><c>station</c>: plays one station, and what was asked for at its first connector.</summary>
internal static class StationCommand
{
    public static Command Create()
    {
        var url = CommandOptions.Address("--url", "WebSocket address without the station's identity, for example ws://127.0.0.1:8080/ocpp", required: true);
        var id = new Option<string>("--id") { Description = "Identity", Required = true };
        var password = new Option<string?>("--password") { Description = "Password (HTTP Basic)" };
        var connectors = new Option<int>("--connectors") { Description = "Number of connectors", DefaultValueFactory = _ => 1 };
        var power = new Option<int>("--power") { Description = "Power of a connector in W", DefaultValueFactory = _ => 22_080 };
        var dc = new Option<bool>("--dc") { Description = "Direct current" };
        var plug = new Option<string?>("--plug") { Description = "Plug a car into connector 1 and hold this card to the reader" };
        var soc = new Option<double>("--soc") { Description = "State of charge of the car in percent", DefaultValueFactory = _ => 40 };
        var battery = new Option<double>("--battery") { Description = "Size of the car's battery in kWh", DefaultValueFactory = _ => 60 };
        var charge = CommandOptions.Duration("--charge-for", "End the session after this time and unplug; 0: charge until Ctrl-C", TimeSpan.Zero);
        var interval = new Option<int>("--sample-interval") { Description = "Seconds between meter values", DefaultValueFactory = _ => 10 };
        var meter = new Option<long>("--meter") { Description = "Register of the meters at the start, in Wh", DefaultValueFactory = _ => 1_000_000 };
        var fault = new Option<FirmwareFault>("--firmware-fault") { Description = "How firmware updates go wrong: none, download, signature, install, brick" };
        var firmware = new Option<string>("--firmware") { Description = "Firmware that it reports", DefaultValueFactory = _ => "1.4.2" };
        var secureUrl = CommandOptions.Address("--secure-url", "The same over TLS (wss://...), for security profiles 2 and 3");
        var profile = new Option<int>("--security-profile") { Description = "Security profile to begin with, 0 to 3" };
        var root = new Option<string?>("--root") { Description = "File: root certificate of the server in PEM; the machine's when absent" };
        var certificate = new Option<string?>("--certificate") { Description = "File: the station's certificate with its key in PEM" };
        var state = new Option<string?>("--state") { Description = "Folder in which password, certificate and security profile are kept over restarts" };
        var quirks = new Option<QuirkModes>("--quirk")
        {
            Description = "Habits of stations in the field that are played, such as Q15,Q22",
            DefaultValueFactory = _ => QuirkModes.None,
            CustomParser = CommandOptions.Quirks,
        };
        var signs = new Option<string?>("--signs") { Description = $"The meter signs with a new key on this curve: {string.Join(", ", SigningMeter.Curves.Keys)}" };
        signs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } curve && !SigningMeter.Curves.ContainsKey(curve))
            {
                result.AddError($"There is no curve {curve}.");
            }
        });
        var flaky = new Option<bool>("--flaky") { Description = "A bad network: connections break every 5 to 60 s, and some answers are lost" };
        var powerLoss = CommandOptions.Duration("--power-loss", "Cut the power so long after the session began; 0: never", TimeSpan.Zero);
        var command = new Command("station", "Play one charging station until Ctrl-C, or charge once")
        {
            url, id, password, connectors, power, dc, plug, soc, battery, charge, interval, meter, fault, firmware, secureUrl, profile, root, certificate, state,
            quirks, flaky, powerLoss, signs,
        };
        command.SetAction(async (parsed, ct) =>
        {
            var spec = new StationSpec
            {
                Identity = parsed.GetValue(id)!,
                FirmwareVersion = parsed.GetValue(firmware)!,
                FirmwareFault = parsed.GetValue(fault),
                Connectors = [.. Enumerable.Repeat(new ConnectorSpec(parsed.GetValue(dc), parsed.GetValue(power)), Math.Max(1, parsed.GetValue(connectors)))],
            };
            var model = new StationModel(spec, TimeProvider.System, new Random());
            model.Configuration.Change("MeterValueSampleInterval", parsed.GetValue(interval).ToString(System.Globalization.CultureInfo.InvariantCulture));
            foreach (var connector in model.Connectors)
            {
                connector.RegisterWh = parsed.GetValue(meter);
                if (parsed.GetValue(signs) is { } curve)
                {
                    connector.Signer = SigningMeter.Create(curve, $"SIM{connector.Number:0000}");
                    Console.WriteLine($"Public key of connector {connector.Number}: {connector.Signer.PublicKey}");
                }
            }

            model.Security.Begin(parsed.GetValue(state), parsed.GetValue(password), parsed.GetValue(profile), Roots(parsed.GetValue(root)), Own(parsed.GetValue(certificate)));
            var backEnd = new BackEnd(parsed.GetValue(url)!, parsed.GetValue(password)) { SecureUrl = parsed.GetValue(secureUrl) };
            using var client = new StationClient(
                model, backEnd, TimeProvider.System, new Random(), Console.Out.WriteLine, parsed.GetValue(quirks), parsed.GetValue(flaky) ? FlakyNetwork.Usual(new Random()) : null);
            var car = new Vehicle(parsed.GetValue(battery) * 1000, parsed.GetValue(soc));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var running = client.Run(stop.Token);
            try
            {
                if (parsed.GetValue(plug) is { } card)
                {
                    await ChargeOnce(client, car, card, parsed.GetValue(charge), parsed.GetValue(powerLoss), ct);
                    await stop.CancelAsync();
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // Ctrl-C ends whatever goes on.
            }

            await running;
            return 0;
        });
        return command;
    }

    private static X509Certificate2Collection Roots(string? file)
    {
        var roots = new X509Certificate2Collection();
        if (file is not null)
        {
            roots.ImportFromPemFile(file);
        }

        return roots;
    }

    private static X509Certificate2? Own(string? file) => file is null ? null : X509Certificate2.CreateFromPemFile(file);

    private static async Task ChargeOnce(StationClient client, Vehicle car, string card, TimeSpan duration, TimeSpan powerLoss, CancellationToken ct)
    {
        await Until(client, s => s.IsOnline && s.Queue.Count == 0, ct);
        await client.Do(s => s.Plug(1, car), ct);
        await client.Do(s => s.PresentTag(1, card), ct);
        await Until(client, s => s.Connector(1).Transaction?.Id is not null, ct);
        await client.Do(s => Console.WriteLine($"{s.Spec.Identity}: transaction {s.Connector(1).Transaction?.Id} charges {s.Connector(1).Flow.PowerW:0} W"), ct);
        if (powerLoss > TimeSpan.Zero)
        {
            await Task.Delay(powerLoss, ct);
            await client.Do(s => s.CutPower(), ct);
            Console.WriteLine("The power is cut.");
            await Until(client, s => s.IsOnline && s.Queue.Count == 0, ct);
            return;
        }

        await Task.Delay(duration > TimeSpan.Zero ? duration : Timeout.InfiniteTimeSpan, ct);
        await client.Do(s => s.Stop(s.Connector(1), Reason.Local, card), ct);
        await client.Do(s => s.Unplug(1), ct);
        await Until(client, s => s.Queue.Count == 0, ct);
        await client.Do(s => Console.WriteLine($"{s.Spec.Identity}: done, the meter shows {(long)s.Connector(1).RegisterWh} Wh"), ct);
    }

    private static async Task Until(StationClient client, Func<StationModel, bool> holds, CancellationToken ct)
    {
        for (var isTrue = false; !isTrue; await Task.Delay(TimeSpan.FromMilliseconds(isTrue ? 0 : 100), ct))
        {
            await client.Do(s => isTrue = holds(s), ct);
        }
    }
}
