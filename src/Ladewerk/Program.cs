using Ladewerk;
using Ladewerk.Kernel;
using Ladewerk.Receipts;

if (VerifyCommand.IsAsked(args))
{
    return await VerifyCommand.Run(args, Console.Out, CancellationToken.None);
}

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
