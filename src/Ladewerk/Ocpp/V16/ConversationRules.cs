using System.Globalization;
using System.Text;
using System.Text.Json;
using Ladewerk.Ocpp.V16.Handlers;
using Ladewerk.Stations.Protocol;

namespace Ladewerk.Ocpp.V16;

/// <summary>What is wrong with a conversation by the letter of OCPP 1.6 (edition 2) and OCPP-J 1.6. Each finding names its clause.</summary>
internal sealed class ConversationRules : IConversationRules
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    // §6: the messages by name, each with its request and its answer.
    private static readonly string[] Chapter6 =
    [
        "Authorize", "BootNotification", "CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile", "DataTransfer", "DiagnosticsStatusNotification",
        "FirmwareStatusNotification", "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetLocalListVersion", "Heartbeat", "MeterValues", "RemoteStartTransaction", "RemoteStopTransaction",
        "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "StartTransaction", "StatusNotification", "StopTransaction", "TriggerMessage", "UnlockConnector", "UpdateFirmware",
    ];

    // §4.9: where each state may not lead.
    private static readonly Dictionary<string, string[]> Never = new(StringComparer.Ordinal)
    {
        ["Available"] = ["Finishing"],
        ["Preparing"] = ["Reserved", "Unavailable"],
        ["Charging"] = ["Preparing", "Reserved"],
        ["SuspendedEV"] = ["Preparing", "Reserved"],
        ["SuspendedEVSE"] = ["Preparing", "Reserved"],
        ["Finishing"] = ["Charging", "SuspendedEV", "SuspendedEVSE", "Reserved"],
        ["Reserved"] = ["Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"],
        ["Unavailable"] = ["Finishing", "Reserved"],
    };

    private static readonly Dictionary<string, Func<ReadOnlyMemory<byte>, IReadOnlyList<LeniencyNote>>> Readers = new(StringComparer.Ordinal)
    {
        [AuthorizeRequest.Action] = Notes<AuthorizeRequest>,
        [BootNotificationRequest.Action] = Notes<BootNotificationRequest>,
        [DataTransferRequest.Action] = Notes<DataTransferRequest>,
        [DiagnosticsStatusNotificationRequest.Action] = Notes<DiagnosticsStatusNotificationRequest>,
        [FirmwareStatusNotificationRequest.Action] = Notes<FirmwareStatusNotificationRequest>,
        [HeartbeatRequest.Action] = Notes<HeartbeatRequest>,
        [LogStatusNotificationRequest.Action] = Notes<LogStatusNotificationRequest>,
        [MeterValuesRequest.Action] = Notes<MeterValuesRequest>,
        [SecurityEventNotificationRequest.Action] = Notes<SecurityEventNotificationRequest>,
        [SignCertificateRequest.Action] = Notes<SignCertificateRequest>,
        [SignedFirmwareStatusNotificationRequest.Action] = Notes<SignedFirmwareStatusNotificationRequest>,
        [StartTransactionRequest.Action] = Notes<StartTransactionRequest>,
        [StatusNotificationRequest.Action] = Notes<StatusNotificationRequest>,
        [StopTransactionRequest.Action] = Notes<StopTransactionRequest>,
    };

    public string Version => "1.6";

    public IReadOnlyList<Violation> Check(IReadOnlyList<LoggedCall> calls)
    {
        var walk = new Walk();
        foreach (var call in calls)
        {
            walk.Look(call);
        }

        return walk.Found;
    }

    private static IReadOnlyList<LeniencyNote> Notes<T>(ReadOnlyMemory<byte> payload)
        where T : class, IWireMessage<T> => WireReader.Read<T>(payload).Notes;

    private static string Clause(string action) => Array.IndexOf(Chapter6, action) is >= 0 and var i
        ? string.Create(CultureInfo.InvariantCulture, $"OCPP 1.6 §6.{(2 * i) + 1}")
        : "OCPP-J 1.6 §4.1.1";

    /// <summary>One conversation, call by call.</summary>
    private sealed class Walk
    {
        private readonly Dictionary<string, string> ids = new(StringComparer.Ordinal);
        private readonly Dictionary<int, string> statuses = [];
        private readonly Dictionary<int, long> running = [];
        private readonly HashSet<long> stopped = [];
        private string registration = "Accepted";
        private bool clockSaid;

        public List<Violation> Found { get; } = [];

        public void Look(LoggedCall call)
        {
            if (!call.FromStation)
            {
                if (call.IsUnanswered)
                {
                    Add(call, "noAnswer", "OCPP-J 1.6 §4.1.1", call.Verdict);
                }

                return;
            }

            Shape(call);
            Id(call);
            if (registration != "Accepted" && call.Action is not ("BootNotification" or "")) // §4.2: nothing before the boot is accepted, unless asked
            {
                Add(call, "beforeAccepted", "OCPP 1.6 §4.2", registration);
            }

            if (LoggedCall.Json(call.Payload) is { ValueKind: JsonValueKind.Object } json)
            {
                Meaning(call, json);
            }
        }

        private void Shape(LoggedCall call)
        {
            if (call.IsTolerated && Readers.TryGetValue(call.Action, out var read))
            {
                var notes = read(Encoding.UTF8.GetBytes(LoggedCall.Json(call.Payload)?.GetRawText() ?? call.Payload));
                foreach (var note in notes.DistinctBy(n => (n.Kind, n.Path)).Take(5))
                {
                    Add(call, "shape", Clause(call.Action), $"{note.Path}: {JsonNamingPolicy.CamelCase.ConvertName(note.Kind.ToString())}");
                }

                if (notes.Count == 0)
                {
                    Add(call, "frame", "OCPP-J 1.6 §4.2.1", null);
                }
            }
            else if (!call.IsClean && !call.IsTolerated)
            {
                Found.Add(new Violation(call.At, call.MessageId, call.Action, call.Action.Length == 0 ? "unreadable" : "refused", call.Action.Length == 0 ? "OCPP-J 1.6 §4.2" : Clause(call.Action), call.Verdict, IsTolerated: false));
            }
        }

        private void Id(LoggedCall call)
        {
            if (call.MessageId is not { } id)
            {
                return;
            }

            if (id.Length > 36)
            {
                Add(call, "longId", "OCPP-J 1.6 §4.1.4", id.Length.ToString(CultureInfo.InvariantCulture));
            }

            if (ids.TryGetValue(id, out var former) && former != call.Action + call.Payload)
            {
                Add(call, "idAgain", "OCPP-J 1.6 §4.1.4", id);
            }

            ids[id] = call.Action + call.Payload;
        }

        private void Meaning(LoggedCall call, JsonElement json)
        {
            switch (call.Action)
            {
                case "BootNotification":
                    registration = Text(LoggedCall.Json(call.Answer), "status") ?? registration;
                    statuses.Clear();
                    break;
                case "StatusNotification" when Number(json, "connectorId") is { } connector && Text(json, "status") is { } status:
                    Status(call, (int)connector, status);
                    Clock(call, Text(json, "timestamp"));
                    break;
                case "StartTransaction" when Number(json, "connectorId") is { } connector:
                    Start(call, (int)connector);
                    break;
                case "StopTransaction":
                    Stop(call, Number(json, "transactionId"));
                    break;
                case "MeterValues" when Number(json, "connectorId") is { } connector:
                    Values(call, (int)connector, Number(json, "transactionId"));
                    break;
            }
        }

        private void Status(LoggedCall call, int connector, string status)
        {
            if (statuses.TryGetValue(connector, out var before) && Never.TryGetValue(before, out var never) && never.Contains(status, StringComparer.Ordinal))
            {
                Add(call, "statusOrder", "OCPP 1.6 §4.9", $"{before} → {status}");
            }

            statuses[connector] = status;
        }

        private void Start(LoggedCall call, int connector)
        {
            var transaction = Number(LoggedCall.Json(call.Answer), "transactionId");
            if (running.TryGetValue(connector, out var former) && former != transaction)
            {
                Add(call, "startTwice", "OCPP 1.6 §4.8", former.ToString(CultureInfo.InvariantCulture));
            }

            if (transaction is { } id)
            {
                running[connector] = id;
            }
        }

        private void Stop(LoggedCall call, long? transaction)
        {
            if (transaction is not > 0)
            {
                Add(call, "badTransaction", Clause("StopTransaction"), transaction?.ToString(CultureInfo.InvariantCulture) ?? "–");
                return;
            }

            stopped.Add(transaction.Value);
            foreach (var (connector, _) in running.Where(r => r.Value == transaction).ToList())
            {
                running.Remove(connector);
            }
        }

        private void Values(LoggedCall call, int connector, long? transaction)
        {
            if (transaction is { } said && stopped.Contains(said))
            {
                Add(call, "afterStop", "OCPP 1.6 §4.7", said.ToString(CultureInfo.InvariantCulture));
            }
            else if (transaction is <= 0)
            {
                Add(call, "badTransaction", Clause("MeterValues"), transaction.Value.ToString(CultureInfo.InvariantCulture));
            }
            else if (running.TryGetValue(connector, out var own) && transaction != own)
            {
                Add(call, transaction is null ? "noTransaction" : "otherTransaction", "OCPP 1.6 §4.7", $"{transaction?.ToString(CultureInfo.InvariantCulture) ?? "–"} ≠ {own}");
            }
        }

        /// <summary>Said once: a wrong clock is wrong in every message (§4.6: the clock is set by Heartbeat and BootNotification).</summary>
        private void Clock(LoggedCall call, string? timestamp)
        {
            if (!clockSaid && DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && (at - call.At).Duration() > ClockTolerance)
            {
                clockSaid = true;
                Add(call, "clock", "OCPP 1.6 §4.6", $"{(at - call.At).TotalMinutes.ToString("0", CultureInfo.InvariantCulture)} min");
            }
        }

        private void Add(LoggedCall call, string code, string clause, string? detail) => Found.Add(new Violation(call.At, call.MessageId, call.Action, code, clause, detail));

        private static string? Text(JsonElement? json, string name) =>
            json is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        private static long? Number(JsonElement? json, string name) =>
            json is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
    }
}
