using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Ladewerk.Stations.Files;

/// <summary>A file as it lies on the disk.</summary>
/// <param name="Key">Its place below the directory; made by us alone, so that no name from outside becomes a path.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">In small hexadecimal digits.</param>
internal sealed record StoredFile(string Key, long Size, string Sha256);

/// <summary>Keeps files in the data directory. What comes is written as it comes and never held in memory as a whole.</summary>
internal sealed class FileStore(IOptions<FilesOptions> options, IConfiguration configuration, TimeProvider time)
{
    private const int BufferSize = 64 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private string Root { get; } = Path.GetFullPath(options.Value.Directory ?? Path.Combine(configuration["Ladewerk:DataDirectory"] ?? "data", "files"));

    /// <summary>Stores what comes; null where it is larger than <paramref name="limit"/>. It is on the disk when this returns.</summary>
    public async Task<StoredFile?> Save(Stream content, long limit, CancellationToken ct)
    {
        var key = $"{time.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture)}/{Guid.CreateVersion7():N}";
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        var part = path + ".part";
        try
        {
            if (await Write(content, part, limit, ct) is not var (size, sha256))
            {
                return null;
            }

            File.Move(part, path);
            return new StoredFile(key, size, sha256);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Opens a file for reading; null where it is gone.</summary>
    public FileStream? Open(string key)
    {
        try
        {
            return new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes a file; one that is gone already is well.</summary>
    public void Delete(string key)
    {
        if (File.Exists(PathOf(key)))
        {
            File.Delete(PathOf(key));
        }
    }

    private string PathOf(string key)
    {
        var path = Path.GetFullPath(Path.Combine(Root, key));
        return path.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : throw new InvalidOperationException("A file's key points out of the store.");
    }

    private static async Task<(long Size, string Sha256)?> Write(Stream content, string path, long limit, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous, UnixCreateMode = OwnerOnly,
            });
            long size = 0;
            while (await content.ReadAsync(buffer, ct) is > 0 and var read)
            {
                size += read;
                if (size > limit)
                {
                    return null;
                }

                hash.AppendData(buffer.AsSpan(0, read));
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
            }

            file.Flush(flushToDisk: true);
            return (size, Convert.ToHexStringLower(hash.GetCurrentHash()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
