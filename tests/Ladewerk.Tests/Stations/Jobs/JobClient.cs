using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Stations.Jobs;

/// <summary>Short ways to follow a job.</summary>
internal static class JobClient
{
    public static string Path(JsonElement job) => $"/api/v1/jobs/{job.GetProperty("id").GetString()}";

    /// <summary>The job once every station has an outcome.</summary>
    public static Task<JsonElement> Ended(HttpClient api, JsonElement job, int seconds = 20) =>
        Until(api, job, j => j.GetProperty("state").GetString() is "finished" or "cancelled", seconds);

    public static async Task<JsonElement> Until(HttpClient api, JsonElement job, Func<JsonElement, bool> met, int seconds = 20)
    {
        for (var tries = 0; ; tries++)
        {
            var now = await api.Json(Path(job));
            if (met(now))
            {
                return now;
            }

            (tries < seconds * 10).ShouldBeTrue(now.ToString());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
