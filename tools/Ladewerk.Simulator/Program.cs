using System.CommandLine;
using Ladewerk.Simulator.Demo;
using Ladewerk.Simulator.Load;
using Ladewerk.Simulator.Stations;

// Read by the runtime when the first socket is made. One thread waits for all sockets and runs what follows at once:
// for thousands of tiny answers that takes half the processor time of handing each to the thread pool.
if (args is ["load", ..])
{
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");
}

var root = new RootCommand("Charging stations for demonstrations, tests and load")
{
    StationCommand.Create(),
    DemoCommand.Create(),
    LoadCommand.Create(),
    VerifyCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
