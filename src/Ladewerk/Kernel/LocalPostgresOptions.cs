namespace Ladewerk.Kernel;

/// <summary>Where and how the private PostgreSQL cluster runs.</summary>
/// <param name="DataDirectory">The cluster's directory; created when absent. A relative path counts from the working directory.</param>
public sealed record LocalPostgresOptions(string DataDirectory)
{
    /// <summary>Directories searched for <c>postgres</c> and <c>initdb</c>; null: <c>PATH</c>, then Debian's and Red Hat's usual places.</summary>
    public IReadOnlyList<string>? ProgramDirectories { get; init; }

    /// <summary>The user PostgreSQL runs as when we are root (PostgreSQL refuses to run as root).</summary>
    public string UnprivilegedUser { get; init; } = "postgres";

    /// <summary>Where the cluster goes when we are root and <see cref="UnprivilegedUser"/> cannot reach <see cref="DataDirectory"/>.</summary>
    public string FallbackRoot { get; init; } = "/var/lib/ladewerk";

    /// <summary>Server settings that replace or join the built-in tuning, e.g. <c>shared_buffers</c>: <c>2GB</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long a start may take, recovery after a crash included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock for waits and back-off.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>The private PostgreSQL cannot be created or started; the message says what the operator can do.</summary>
public sealed class LocalPostgresException : Exception
{
    /// <inheritdoc />
    public LocalPostgresException(string message) : base(message)
    {
    }

    /// <inheritdoc />
    public LocalPostgresException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <inheritdoc />
    public LocalPostgresException()
    {
    }
}
