using Microsoft.Extensions.Logging;

namespace Ladewerk.Kernel;

public sealed partial class LocalPostgres
{
    private void Hear(string line)
    {
        // An ERROR concerns one statement and a FATAL one connection; whoever sent it gets it as an exception.
        if (line.StartsWith("PANIC:", StringComparison.Ordinal))
            LogServerError(_logger, line);
        else if (line.StartsWith("WARNING:", StringComparison.Ordinal))
            LogServerWarning(_logger, line);
        else
            LogServer(_logger, line);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Creating a private PostgreSQL {Version} cluster in {Directory}")]
    private static partial void LogCreating(ILogger logger, string directory, int version);

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL is ready on {Directory} after {Milliseconds:F0} ms")]
    private static partial void LogReady(ILogger logger, string directory, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Wanted} is out of reach for the user '{User}' that PostgreSQL runs as; the database is in {Directory}")]
    private static partial void LogMoved(ILogger logger, string wanted, string user, string directory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL (process {ProcessId}) was left running by a Ladewerk that was killed; stopping it before a new start")]
    private static partial void LogOrphan(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL ended unexpectedly; starting it again. Its last words: {LastWords}")]
    private static partial void LogDied(ILogger logger, string lastWords);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL could not be started again; the next attempt follows")]
    private static partial void LogRestartFailed(ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Debug, Message = "PostgreSQL: {Line}")]
    private static partial void LogServer(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL: {Line}")]
    private static partial void LogServerWarning(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL: {Line}")]
    private static partial void LogServerError(ILogger logger, string line);
}
