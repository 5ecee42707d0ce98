using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Ladewerk.Kernel.Branding;

namespace Ladewerk.Kernel.Mail;

/// <summary>What came of an attempt to send.</summary>
public abstract record SendResult
{
    /// <summary>The server has it.</summary>
    public sealed record Sent : SendResult;

    /// <summary>The server turned it away for now.</summary>
    public sealed record Later(string Reason) : SendResult;

    /// <summary>The server will never take it.</summary>
    public sealed record Refused(string Reason) : SendResult;

    /// <summary>No server answered, or it does not let us in: nothing is wrong with the mail.</summary>
    public sealed record Unreachable(string Reason) : SendResult;
}

/// <summary>Hands mails to the mail server (RFC 5321) by System.Net.Mail.</summary>
internal sealed class SmtpTransport(MailOptions options)
{
    public async Task<SendResult> Send(MailId id, Brand brand, NewMail mail, CancellationToken ct)
    {
        using var message = Compose(id, brand, mail);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Timeout);
        using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.UseTls, DeliveryMethod = SmtpDeliveryMethod.Network };
        if (!string.IsNullOrEmpty(options.User))
        {
            client.Credentials = new NetworkCredential(options.User, options.Password);
        }

        try
        {
            await client.SendMailAsync(message, limit.Token);
            return new SendResult.Sent();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new SendResult.Unreachable("no answer in time");
        }
        catch (SmtpException failed)
        {
            return Judge(failed);
        }
        catch (Exception failed) when (failed is IOException or System.Security.Authentication.AuthenticationException)
        {
            return new SendResult.Unreachable(failed.Message);
        }
    }

    private MailMessage Compose(MailId id, Brand brand, NewMail mail)
    {
        var rendered = MailTemplate.Render(brand, mail);
        var from = new MailAddress(options.From!, Line(brand.SenderName), Encoding.UTF8);
        var message = new MailMessage(from, new MailAddress(mail.To, Line(mail.ToName ?? ""), Encoding.UTF8)) { Subject = mail.Subject, SubjectEncoding = Encoding.UTF8, HeadersEncoding = Encoding.UTF8 };
        message.Headers["Message-ID"] = string.Create(CultureInfo.InvariantCulture, $"<{id}@{from.Host}>");
        message.Headers["Auto-Submitted"] = "auto-generated"; // RFC 3834: an absence notice is not wanted
        message.Headers["Content-Language"] = mail.Language;
        if (MailAddress.TryCreate(brand.ReplyTo, out var reply))
        {
            message.ReplyToList.Add(reply);
        }

        if (mail.Unsubscribe is { } unsubscribe)
        {
            message.Headers["List-Unsubscribe"] = $"<{unsubscribe.AbsoluteUri}>";
            message.Headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"; // RFC 8058
        }

        message.AlternateViews.Add(View(rendered.Text, MediaTypeNames.Text.Plain));
        message.AlternateViews.Add(Html(rendered.Html, brand));
        foreach (var file in mail.Attachments)
        {
            message.Attachments.Add(new Attachment(new MemoryStream(file.Content), file.Name, file.ContentType));
        }

        return message;
    }

    private static AlternateView View(string text, string type)
    {
        var view = AlternateView.CreateAlternateViewFromString(text, Encoding.UTF8, type);
        view.TransferEncoding = TransferEncoding.Base64;
        return view;
    }

    /// <summary>With the logo beside it (RFC 2387): mail programs fetch no pictures for strangers.</summary>
    private static AlternateView Html(string text, Brand brand)
    {
        var view = View(text, MediaTypeNames.Text.Html);
        if (brand.Logo is { IsForMail: true } logo)
        {
            var picture = new LinkedResource(new MemoryStream(logo.Content, writable: false), logo.ContentType) { ContentId = MailTemplate.LogoId, TransferEncoding = TransferEncoding.Base64 };
            picture.ContentType.Name = logo.ContentType == MediaTypeNames.Image.Png ? "logo.png" : "logo.jpg";
            view.LinkedResources.Add(picture);
        }

        return view;
    }

    // A name from a form must not begin a header of its own.
    private static string Line(string name) => string.Concat(name.Where(c => !char.IsControl(c) && c != '"'));

    // RFC 5321 §4.2.1: 5yz is final, 4yz is not. A connection that broke has no code of the server's.
    private static SendResult Judge(SmtpException failed)
    {
        var code = (int)failed.StatusCode;
        var reason = failed.InnerException is { } inner ? $"{failed.Message} {inner.Message}" : failed.Message;
        return failed.StatusCode switch
        {
            SmtpStatusCode.GeneralFailure or SmtpStatusCode.ServiceNotAvailable or SmtpStatusCode.MustIssueStartTlsFirst or SmtpStatusCode.ClientNotPermitted => new SendResult.Unreachable(reason),
            _ when failed is SmtpFailedRecipientException && code is >= 500 and < 600 => new SendResult.Refused(reason),
            _ when code is 535 or 530 or 538 => new SendResult.Unreachable(reason),
            _ when code is 552 or 553 or 554 or 550 or 551 => new SendResult.Refused(reason),
            _ => new SendResult.Later(reason),
        };
    }
}
