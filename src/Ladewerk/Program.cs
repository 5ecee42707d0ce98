using Ladewerk;

await using var app = await LadewerkApp.Create(args);
await app.RunAsync();
