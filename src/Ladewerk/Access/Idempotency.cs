using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>
/// A POST with an <c>Idempotency-Key</c> runs once in 24 hours: whoever sends it again gets the stored answer. The same key with another
/// body is refused (422), and so is a repeat while the first still runs (409). Answers of 5xx are not kept: the request may be tried again.
/// </summary>
internal static class Idempotency
{
    public const string Header = "Idempotency-Key";
    private const int MaxKey = 255;
    private const int MaxStoredBody = 1 << 20;

    // A request that began long ago and has no answer died with its node: the next one takes the key over.
    private const string ClaimSql = """
        insert into idempotency_key (tenant_id, key, request_hash, started_at) values ($1, $2, $3, $4)
        on conflict (tenant_id, key) do update set request_hash = excluded.request_hash, started_at = excluded.started_at, status = null
          where idempotency_key.started_at < $4 - interval '24 hours' or (idempotency_key.status is null and idempotency_key.started_at < $4 - interval '5 minutes')
        returning true
        """;

    private const string FindSql = "select request_hash, status, content_type, location, body from idempotency_key where tenant_id = $1 and key = $2";
    private const string KeepSql = "update idempotency_key set status = $3, content_type = $4, location = $5, body = $6 where tenant_id = $1 and key = $2";
    private const string ForgetSql = "delete from idempotency_key where tenant_id = $1 and key = $2";

    public static IApplicationBuilder UseIdempotencyKeys(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var key = http.Request.Headers[Header].ToString();
        var tenant = http.RequestServices.GetRequiredService<TenantContext>();
        if (key.Length == 0 || !HttpMethods.IsPost(http.Request.Method) || !tenant.IsSet || !http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            await next(http);
        }
        else if (key.Length > MaxKey)
        {
            await Problems.Invalid(Header, $"At most {MaxKey} characters.").ExecuteAsync(http);
        }
        else
        {
            await Once(http, tenant.Current, key, next);
        }
    });

    private static async Task Once(HttpContext http, TenantId tenant, string key, RequestDelegate next)
    {
        var database = http.RequestServices.GetRequiredService<NpgsqlDataSource>();
        var hash = await HashOf(http);
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        if (await Scalar(database, ClaimSql, tenant.Value, key, hash, now) is not true)
        {
            await Repeat(http, database, tenant, key, hash);
            return;
        }

        var network = http.Response.Body;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        var kept = false;
        try
        {
            await next(http);
            kept = http.Response.StatusCode < 500 && answer.Length <= MaxStoredBody;
            if (kept)
            {
                await Scalar(
                    database, KeepSql, tenant.Value, key, http.Response.StatusCode, (object?)http.Response.ContentType ?? DBNull.Value,
                    http.Response.Headers.Location is [{ } location] ? location : DBNull.Value, answer.ToArray());
            }
        }
        finally
        {
            http.Response.Body = network;
            if (!kept)
            {
                await Scalar(database, ForgetSql, tenant.Value, key);
            }
        }

        answer.Position = 0;
        await answer.CopyToAsync(network, http.RequestAborted);
    }

    private static async Task Repeat(HttpContext http, NpgsqlDataSource database, TenantId tenant, string key, byte[] hash)
    {
        await using var command = Command(database, FindSql, tenant.Value, key);
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        if (!await reader.ReadAsync(http.RequestAborted) || await reader.IsDBNullAsync(1, http.RequestAborted))
        {
            await Problems.Conflict("idempotency-key-in-use", "The first request with this key still runs.").ExecuteAsync(http);
        }
        else if (!hash.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(0)))
        {
            await Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", "This key was used for another request.").ExecuteAsync(http);
        }
        else
        {
            http.Response.StatusCode = reader.GetInt32(1);
            http.Response.ContentType = reader.IsDBNull(2) ? null : reader.GetString(2);
            http.Response.Headers.Location = reader.IsDBNull(3) ? default : new(reader.GetString(3));
            http.Response.Headers["Idempotent-Replay"] = "true";
            await http.Response.Body.WriteAsync(reader.GetFieldValue<byte[]>(4), http.RequestAborted);
        }
    }

    /// <summary>What makes a request the same: method, address and body.</summary>
    private static async Task<byte[]> HashOf(HttpContext http)
    {
        http.Request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{http.Request.Path}{http.Request.QueryString}\n"));
        var buffer = new byte[16 * 1024];
        while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted) is var read and > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        http.Request.Body.Position = 0;
        return hash.GetHashAndReset();
    }

    private static NpgsqlCommand Command(NpgsqlDataSource database, string sql, params object[] values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private static async Task<object?> Scalar(NpgsqlDataSource database, string sql, params object[] values)
    {
        await using var command = Command(database, sql, values);
        return await command.ExecuteScalarAsync();
    }
}
