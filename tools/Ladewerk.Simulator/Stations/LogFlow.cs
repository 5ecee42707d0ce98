using System.Globalization;
using System.Text;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>Diagnostics and logs: writes what the station knows of itself into a file and brings it where it is told to.</summary>
internal sealed class LogFlow(StationModel station)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public GetDiagnosticsResponse Diagnostics(GetDiagnosticsRequest request)
    {
        var name = Name("diagnostics");
        Bring(request.Location, name, Content(security: false), status => station.Send<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse>(
            () => new() { Status = status == UploadLogStatus.UploadFailure ? DiagnosticsStatus.UploadFailed : Enum.Parse<DiagnosticsStatus>(status.ToString()) }));
        return new() { FileName = name };
    }

    public GetLogResponse Log(GetLogRequest request)
    {
        var isSecurity = request.LogType == Ocpp.V16.Log.SecurityLog;
        var name = Name(isSecurity ? "security" : "diagnostics");
        Bring(request.Log.RemoteLocation, name, Content(isSecurity), status => station.Send<LogStatusNotificationRequest, LogStatusNotificationResponse>(
            () => new() { Status = status, RequestId = request.RequestId }));
        return new() { Status = LogStatus.Accepted, Filename = name };
    }

    private void Bring(string location, string name, byte[] content, Action<UploadLogStatus> report)
    {
        station.After(Second, () =>
        {
            report(UploadLogStatus.Uploading);
            station.Transfers.Enqueue(new Transfer.Bring(location, name, content, isBrought => report(isBrought ? UploadLogStatus.Uploaded : UploadLogStatus.UploadFailure)));
        });
    }

    private string Name(string kind) => string.Create(CultureInfo.InvariantCulture, $"{station.Spec.Identity}-{kind}-{station.Now:yyyyMMdd-HHmmss}.log");

    private byte[] Content(bool security)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{station.Now:O} {station.Spec.Vendor} {station.Spec.Model} {station.Spec.SerialNumber} firmware {station.FirmwareVersion}");
        if (security)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{station.Now:O} StartupOfTheDevice");
        }
        else
        {
            foreach (var connector in station.Connectors)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"connector {connector.Number}: {connector.Status}, {connector.Fault}, register {(long)connector.RegisterWh} Wh, {connector.Flow.PowerW:0} W");
            }

            foreach (var key in station.Configuration.Read(null).ConfigurationKey ?? [])
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{key.Key}={(key.Key == "AuthorizationKey" ? "****" : key.Value)}");
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
