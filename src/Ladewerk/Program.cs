using Ladewerk;
using Ladewerk.Kernel;

try
{
    await using var app = await LadewerkApp.Create(args);
    await app.RunAsync();
    return 0;
}
catch (LocalPostgresException problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
