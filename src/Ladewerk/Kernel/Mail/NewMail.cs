namespace Ladewerk.Kernel.Mail;

/// <summary>What a mail says, without any look: <see cref="MailTemplate"/> makes HTML and text of it.</summary>
/// <param name="Heading">First line of the mail, in the reader's language.</param>
/// <param name="Paragraphs">Plain text; no markup.</param>
public sealed record MailContent(string Heading, IReadOnlyList<string> Paragraphs)
{
    /// <summary>Label and value, shown as a small table after the paragraphs.</summary>
    public IReadOnlyList<MailFact> Facts { get; init; } = [];

    /// <summary>The one thing to do, as a button; its address stands in the text part too.</summary>
    public MailAction? Action { get; init; }

    /// <summary>Small print after the button: how long a link holds, why the reader gets this.</summary>
    public IReadOnlyList<string> SmallPrint { get; init; } = [];
}

/// <summary>A line of a mail's table.</summary>
public sealed record MailFact(string Label, string Value);

/// <summary>A mail's button.</summary>
public sealed record MailAction(string Label, Uri Address);

/// <summary>A file that goes with a mail.</summary>
public sealed record MailAttachment(string Name, string ContentType, byte[] Content);

/// <summary>A mail to be sent.</summary>
/// <param name="Kind">What it is for, for the list of mails: <c>verification</c>, <c>notification</c> ... Never personal.</param>
/// <param name="To">Address of the one recipient.</param>
/// <param name="Language">de or en.</param>
/// <param name="Subject">One line.</param>
public sealed record NewMail(string Kind, string To, string Language, string Subject, MailContent Content)
{
    /// <summary>Name of the recipient, where known.</summary>
    public string? ToName { get; init; }

    /// <summary>Not worth sending after this, because its link holds no longer; null: always worth sending.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Not sent before this.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Where the reader says that he wants no more of this; only for mails that are not necessary (RFC 8058 one-click).</summary>
    public Uri? Unsubscribe { get; init; }

    public IReadOnlyList<MailAttachment> Attachments { get; init; } = [];
}
