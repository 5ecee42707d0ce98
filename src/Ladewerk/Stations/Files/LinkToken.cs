using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Ladewerk.Stations.Files;

/// <summary>The secret part of a link: 256 random bits. The database knows only its hash, so that a copy of it opens no link.</summary>
internal readonly partial record struct LinkToken(string Text)
{
    public static LinkToken New() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>The text with the secret of our own links taken out: for logs.</summary>
    public static string Hide(string text) => Link().Replace(text, "/${kind}/(hidden)");

    /// <inheritdoc cref="Hide(string)"/>
    public static ReadOnlyMemory<byte> Hide(ReadOnlyMemory<byte> text) =>
        text.Span.IndexOf("/upload/"u8) < 0 && text.Span.IndexOf("/firmware/"u8) < 0 ? text : Encoding.UTF8.GetBytes(Hide(Encoding.UTF8.GetString(text.Span)));

    [GeneratedRegex("/(?<kind>upload|firmware)/[A-Za-z0-9_-]{43}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    public byte[] Hash => SHA256.HashData(Encoding.UTF8.GetBytes(Text));
}
