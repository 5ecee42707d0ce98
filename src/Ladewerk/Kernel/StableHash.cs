using System.Runtime.InteropServices;

namespace Ladewerk.Kernel;

/// <summary>A 64-bit hash (FNV-1a) that is the same in every process and release: natural keys are stored by it.</summary>
public struct StableHash
{
    private ulong state;

    public StableHash() => state = 14695981039346656037;

    /// <summary>The hash of all that was added.</summary>
    public readonly long Value => unchecked((long)state);

    /// <summary>Adds bytes.</summary>
    public StableHash Add(ReadOnlySpan<byte> bytes)
    {
        var h = state;
        foreach (var b in bytes)
        {
            h = unchecked((h ^ b) * 1099511628211);
        }

        state = h;
        return this;
    }

    /// <summary>Adds text; null differs from empty.</summary>
    public StableHash Add(string? text) => text is null ? Add(-1) : Add(text.Length).Add(MemoryMarshal.AsBytes(text.AsSpan()));

    /// <summary>Adds a number.</summary>
    public StableHash Add(long number) => Add(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(ref number)));
}
