using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Ladewerk.Benchmarks -- --job short --inProcess --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Ladewerk.Benchmarks.OcppMessages).Assembly).Run(args);
