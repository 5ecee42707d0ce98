namespace Ladewerk.Kernel.Mail;

/// <summary>The mail server (configuration section <c>Smtp</c>). Without a host, mails wait and the portal says so.</summary>
public sealed class MailOptions
{
    /// <summary>Name or address of the server; null: no mail leaves.</summary>
    public string? Host { get; set; }

    /// <summary>Submission (RFC 6409) is 587; TLS is begun by STARTTLS.</summary>
    public int Port { get; set; } = 587;

    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>The sender's address, such as <c>laden@stadtwerke.example</c>; its name is the tenant's.</summary>
    public string? From { get; set; }

    /// <summary>Whether the connection must be encrypted (STARTTLS, RFC 3207). Switch off for a server on the same machine only.</summary>
    public bool UseTls { get; set; } = true;

    /// <summary>Times that the server may turn a mail away for now before it is parked for a person.</summary>
    public int MaxAttempts { get; set; } = 10;

    /// <summary>Mails sent at the same time; each has a connection of its own.</summary>
    public int Parallel { get; set; } = 2;

    /// <summary>Mails taken at once.</summary>
    public int BatchSize { get; set; } = 20;

    /// <summary>How often it looks for mails that are due.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a taken mail is hidden from other nodes; a node that dies holds it no longer.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A server that answers nothing for so long is given up for now.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the list of sent mails (without what they said) is kept.</summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Whether there is a server to send by.</summary>
    public bool IsConfigured => !string.IsNullOrWhiteSpace(Host);

    internal bool IsValid => !IsConfigured || (Port is > 0 and <= 65535 && System.Net.Mail.MailAddress.TryCreate(From, out _) && Parallel > 0 && MaxAttempts > 0);
}
