using Ladewerk.FakeStripe;

// --port 12111 --webhook http://127.0.0.1:8080/webhooks/stripe --secret whsec_demo
var options = args.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
var port = int.Parse(options.GetValueOrDefault("--port", "12111"), System.Globalization.CultureInfo.InvariantCulture);
await using var fake = await FakeServer.Start(port, options.GetValueOrDefault("--secret", "whsec_demo"), options.TryGetValue("--webhook", out var hook) ? new Uri(hook) : null);
Console.Out.WriteLine($"Pretending to be Stripe at {fake.Address} (no money moves)");
fake.Books.BankTakes = TimeSpan.FromSeconds(int.Parse(options.GetValueOrDefault("--bank-seconds", "20"), System.Globalization.CultureInfo.InvariantCulture));
await fake.Stopped;
