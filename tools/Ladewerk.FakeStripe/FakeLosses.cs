namespace Ladewerk.FakeStripe;

/// <summary>What should be there and is not.</summary>
public sealed partial class FakeBooks
{
    /// <summary>The balance does not show any more what moved it.</summary>
    /// <returns>How many movements are gone.</returns>
    public int Lose(params string[] sources) => Do(() => movements.RemoveAll(m => sources.Contains(m.Source, StringComparer.Ordinal)));
}
