using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Stations.Files;

/// <summary>The secret part of a link: 256 random bits. The database knows only its hash, so that a copy of it opens no link.</summary>
internal readonly record struct LinkToken(string Text)
{
    public static LinkToken New() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    public byte[] Hash => SHA256.HashData(Encoding.UTF8.GetBytes(Text));
}
