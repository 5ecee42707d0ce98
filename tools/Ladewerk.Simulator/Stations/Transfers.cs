namespace Ladewerk.Simulator.Stations;

/// <summary>A file that the station fetches or brings. The model asks for it; whoever has a network does it and says what came of it.</summary>
internal abstract record Transfer(string Location)
{
    /// <param name="Done">Takes the bytes; null: they could not be fetched.</param>
    public sealed record Fetch(string Location, Action<byte[]?> Done) : Transfer(Location);

    /// <param name="Done">Takes whether it was brought.</param>
    public sealed record Bring(string Location, string Name, byte[] Content, Action<bool> Done) : Transfer(Location);
}

/// <summary>Does transfers over HTTP. Of FTP it knows nothing: such a one fails.</summary>
internal sealed class Transfers(Action<string> log)
{
    private const int LargestImage = 256 << 20;
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>What the model is to be told.</summary>
    public async Task<Action> Run(Transfer transfer, CancellationToken ct)
    {
        switch (transfer)
        {
            case Transfer.Fetch fetch:
                var image = await Try(fetch, address => Get(address, ct), null, ct);
                return () => fetch.Done(image);
            case Transfer.Bring bring:
                var isBrought = await Try(bring, address => Put(address, bring.Content, ct), false, ct);
                return () => bring.Done(isBrought);
            default:
                throw new ArgumentOutOfRangeException(nameof(transfer), transfer, "No such transfer.");
        }
    }

    /// <summary>Where a file goes: the location is a directory (OCPP 1.6 §6.25).</summary>
    public static string Target(Transfer transfer) => transfer is Transfer.Bring bring ? $"{bring.Location.TrimEnd('/')}/{Uri.EscapeDataString(bring.Name)}" : transfer.Location;

    private async Task<T> Try<T>(Transfer transfer, Func<Uri, Task<T>> run, T otherwise, CancellationToken ct)
    {
        if (!Uri.TryCreate(Target(transfer), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return otherwise;
        }

        try
        {
            return await run(address);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !ct.IsCancellationRequested))
        {
            log($"{address.Host}: {e.Message}");
            return otherwise;
        }
    }

    private static async Task<byte[]?> Get(Uri address, CancellationToken ct)
    {
        using var response = await Http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        response.EnsureSuccessStatusCode();
        return response.Content.Headers.ContentLength > LargestImage ? null : await response.Content.ReadAsByteArrayAsync(ct);
    }

    private static async Task<bool> Put(Uri address, byte[] content, CancellationToken ct)
    {
        using var body = new ByteArrayContent(content);
        using var response = await Http.PutAsync(address, body, ct);
        return response.IsSuccessStatusCode;
    }
}
