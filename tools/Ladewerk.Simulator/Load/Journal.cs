using System.Globalization;

namespace Ladewerk.Simulator.Load;

/// <summary>
/// An append-only file of what the server acknowledged, one line each: <c>start station transaction meterWh time</c>,
/// <c>read ...</c>, <c>stop ...</c>. What stands in it must be found in the server after any crash.
/// </summary>
internal sealed class Journal(string path) : IDisposable
{
    private readonly Lock gate = new();
    private readonly StreamWriter writer = new(path, append: true);

    public void Write(string what, string station, int transaction, long meterWh, DateTimeOffset at)
    {
        lock (gate)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {station} {transaction} {meterWh} {at:O}"));
        }
    }

    public void Flush()
    {
        lock (gate)
        {
            writer.Flush();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            writer.Dispose();
        }
    }

    /// <summary>Reads a journal back; a torn last line is left out.</summary>
    public static (IReadOnlyList<LoadSession> Sessions, DateTimeOffset From) Read(string path)
    {
        var sessions = new Dictionary<(string, int), LoadSession>();
        var from = DateTimeOffset.MaxValue;
        foreach (var line in File.ReadLines(path))
        {
            if (line.Split(' ') is not [var what, var station, var transaction, var meter, { Length: 33 } time])
            {
                continue;
            }

            var id = int.Parse(transaction, CultureInfo.InvariantCulture);
            var wh = long.Parse(meter, CultureInfo.InvariantCulture);
            var at = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
            from = at < from ? at : from;
            if (what == "start")
            {
                sessions[(station, id)] = new LoadSession { Station = station, TransactionId = id, MeterStartWh = wh, LastWh = wh, Readings = [] };
            }
            else if (sessions.TryGetValue((station, id), out var session))
            {
                session.LastWh = wh;
                session.IsStopped |= what == "stop";
                if (what == "read")
                {
                    session.Readings!.Add(wh);
                }
            }
        }

        return ([.. sessions.Values], from);
    }
}
