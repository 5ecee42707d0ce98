namespace Ladewerk.Simulator.Load;

/// <summary>What the server acknowledged of one session.</summary>
internal sealed class LoadSession
{
    public required string Station { get; init; }
    public required int TransactionId { get; init; }
    public required long MeterStartWh { get; init; }

    /// <summary>The register of the last acknowledged reading, or of the start.</summary>
    public long LastWh { get; set; }

    /// <summary>Whether the StopTransaction was acknowledged.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Whether a message of it was given up: the server may have it or not.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Registers of the acknowledged readings; kept only where they are to be checked one by one.</summary>
    public List<long>? Readings { get; init; }

    public long EnergyWh => LastWh - MeterStartWh;
}
