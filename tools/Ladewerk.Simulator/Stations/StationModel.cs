using Ladewerk.Ocpp;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>
/// A charging station without its network: what people, vehicles and time do to it, and the messages that follow, in
/// <see cref="Queue"/>. Driven by its clock alone; not thread-safe.
/// </summary>
internal sealed class StationModel
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private readonly TimeProvider time;
    private readonly Random noise;
    private readonly PriorityQueue<Action, DateTimeOffset> planned = new();
    private DateTimeOffset nextHeartbeatAt = DateTimeOffset.MaxValue;
    private DateTimeOffset nextAlignedAt = DateTimeOffset.MaxValue;

    public StationModel(StationSpec spec, TimeProvider time, Random noise)
    {
        (Spec, this.time, this.noise) = (spec, time, noise);
        FirmwareVersion = spec.FirmwareVersion;
        Configuration = new ConfigurationKeys(spec.Connectors.Count);
        Connectors = [.. spec.Connectors.Select((c, i) => new ConnectorModel(i + 1, c))];
        Reservations = new StationReservations(this);
        Authorization = new LocalAuthorization(Configuration);
        Security = new StationSecurity(this);
        Now = time.GetUtcNow();
    }

    public StationSpec Spec { get; }

    public string FirmwareVersion { get; set; }

    public IReadOnlyList<ConnectorModel> Connectors { get; }

    public ConfigurationKeys Configuration { get; }

    public ChargingProfiles Profiles { get; } = new();

    public LocalAuthorization Authorization { get; }

    public StationReservations Reservations { get; }

    public StationSecurity Security { get; }

    public MessageQueue Queue { get; } = new();

    /// <summary>Files that are to be fetched and brought.</summary>
    public Queue<Transfer> Transfers { get; } = new();

    /// <summary>Whether a firmware update goes on.</summary>
    public bool IsUpdating { get; set; }

    /// <summary>A bad firmware has taken its life: it never connects again.</summary>
    public bool IsDead { get; set; }

    /// <summary>Connected and accepted by the back end.</summary>
    public bool IsOnline { get; private set; }

    /// <summary>Time up to which everything has happened.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Set when the station is to restart; the connection is then closed and opened again.</summary>
    public bool WantsReboot { get; private set; }

    public ConnectorModel Connector(int number) => Connectors[number - 1];

    public BootNotificationRequest BootRequest() => new()
    {
        ChargePointVendor = Spec.Vendor,
        ChargePointModel = Spec.Model,
        ChargePointSerialNumber = Spec.SerialNumber,
        FirmwareVersion = FirmwareVersion,
        MeterType = Spec.MeterType,
    };

    /// <summary>The back end accepted the station: state is reported and heartbeats begin.</summary>
    public void Accepted(BootNotificationResponse boot)
    {
        if (boot.Interval > 0)
        {
            Configuration.Force("HeartbeatInterval", boot.Interval.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Online();
        Notify(0, ChargePointStatus.Available, ChargePointErrorCode.NoError);
        foreach (var connector in Connectors)
        {
            connector.Notified = null;
        }

        Advance();
    }

    /// <summary>The connection is back without a restart: only what changed meanwhile is reported.</summary>
    public void Online()
    {
        (IsOnline, WantsReboot) = (true, false);
        nextHeartbeatAt = time.GetUtcNow() + Configuration.Seconds("HeartbeatInterval");
    }

    public void Offline()
    {
        IsOnline = false;
        Queue.Disconnected();
    }

    public void Plug(int connector, Vehicle vehicle)
    {
        Advance();
        Connector(connector).Plug(vehicle);
        TryStart(Connector(connector));
        Settle();
    }

    public void Unplug(int connector)
    {
        Advance();
        var c = Connector(connector);
        if (c.Transaction is not null && Configuration.IsOn("StopTransactionOnEVSideDisconnect"))
        {
            Stop(c, Reason.EVDisconnected, null);
        }

        c.Unplug();
        Settle();
    }

    /// <summary>Somebody holds a card to the reader: ends the transaction of the same tag, else asks to start one.</summary>
    public void PresentTag(int connector, string idTag)
    {
        Advance();
        var c = Connector(connector);
        if (c.Transaction is { } running)
        {
            var group = Authorization.Find(idTag, Now)?.ParentIdTag;
            if (string.Equals(running.IdTag, idTag, StringComparison.OrdinalIgnoreCase) || (group is not null && group == running.ParentIdTag))
            {
                Stop(c, Reason.Local, idTag);
            }
        }
        else if (c.IsUsable && !c.IsFinished)
        {
            Authorize(idTag, info => Grant(c, idTag, info?.ParentIdTag));
        }

        Settle();
    }

    public void BreakDown(int connector, ChargePointErrorCode error)
    {
        Advance();
        var c = Connector(connector);
        Stop(c, error == ChargePointErrorCode.NoError ? Reason.Local : Reason.Other, null);
        c.Fault = error;
        Settle();
    }

    public void Repair(int connector)
    {
        Advance();
        Connector(connector).Fault = ChargePointErrorCode.NoError;
        Settle();
    }

    /// <summary>Lets everything happen up to now.</summary>
    public void Advance()
    {
        var until = time.GetUtcNow();
        while (Now < until)
        {
            var duration = until - Now < Step ? until - Now : Step;
            foreach (var connector in Connectors)
            {
                connector.Charge(duration);
            }

            Now += duration;
            while (planned.TryPeek(out var action, out var at) && at <= Now)
            {
                planned.Dequeue();
                action();
            }

            Expire();
            Settle();
            Sample();
        }

        Settle();
    }

    /// <summary>Does something later.</summary>
    public void After(TimeSpan delay, Action action) => planned.Enqueue(action, Now + delay);

    public void Reboot() => WantsReboot = true;

    /// <summary>Asks whether a tag may charge: the station's own knowledge first where it may (OCPP 1.6 §3.5), else the back end.</summary>
    public void Authorize(string idTag, Action<IdTagInfo?> accepted)
    {
        var known = Authorization.Find(idTag, Now);
        var isKnownGood = known?.Status == AuthorizationStatus.Accepted;
        if (!IsOnline)
        {
            if ((isKnownGood && Configuration.IsOn("LocalAuthorizeOffline")) || (known is null && Configuration.IsOn("AllowOfflineTxForUnknownId")))
            {
                accepted(known);
            }
        }
        else if (isKnownGood && Configuration.IsOn("LocalPreAuthorize"))
        {
            accepted(known);
        }
        else
        {
            Send<AuthorizeRequest, AuthorizeResponse>(() => new AuthorizeRequest { IdTag = idTag }, answered: answer =>
            {
                Authorization.Remember(idTag, answer.IdTagInfo);
                if (answer.IdTagInfo.Status == AuthorizationStatus.Accepted)
                {
                    accepted(answer.IdTagInfo);
                    Settle();
                }
            });
        }
    }

    /// <summary>A tag may charge here: at once when a vehicle is plugged in, else within the connection time-out.</summary>
    public void Grant(ConnectorModel connector, string idTag, string? group)
    {
        if (connector.Transaction is null && Reservations.IsFreeFor(connector, idTag, group))
        {
            connector.PendingStart = new PendingStart(idTag, group, Now + Configuration.Seconds("ConnectionTimeOut"), Reservations.Use(connector, idTag, group));
            TryStart(connector);
        }
    }

    public void Stop(ConnectorModel connector, Reason reason, string? idTag)
    {
        if (connector.Transaction is not { } transaction)
        {
            return;
        }

        var (meter, at) = ((long)connector.RegisterWh, Now);
        List<MeterValue> data = [.. transaction.Readings];
        if (connector.Signer is { } signer && transaction.SignedBegin is { } begin)
        {
            data.Add(signer.Sampled(begin, isBegin: true, transaction.StartedAt));
            data.Add(signer.Sampled(signer.Sign('E', transaction.IdTag, connector.RegisterWh, at), isBegin: false, at));
        }

        Send<StopTransactionRequest, StopTransactionResponse>(
            () => new StopTransactionRequest
            {
                // A back end that never answered the start gave no number: what stations then send is not defined.
                TransactionId = transaction.Id ?? -1,
                MeterStop = meter,
                Timestamp = at,
                IdTag = idTag,
                Reason = reason,
                TransactionData = data.Count > 0 ? data : null,
            },
            isTransactional: true);
        connector.Transaction = null;
        connector.IsFinished = connector.Vehicle is not null;
        Profiles.TransactionEnded(connector.Number);
        if (connector.ScheduledInoperative is { } inoperative)
        {
            (connector.IsInoperative, connector.ScheduledInoperative) = (inoperative, null);
        }
    }

    /// <summary>
    /// The power goes: the socket breaks without a word, vehicles stop drawing. Back again, the station boots, ends its transactions with the
    /// reading and the time of the cut (PowerLoss), and delivers what it had kept.
    /// </summary>
    public void CutPower()
    {
        Advance();
        foreach (var connector in Connectors.Where(c => c.Transaction is not null))
        {
            Stop(connector, Reason.PowerLoss, null);
        }

        Reboot();
    }

    /// <summary>The power was cut in a transaction: the station ends it when it is back (OCPP 1.6 §7.39, PowerLoss).</summary>
    public void StopAfterPowerLoss(int transaction, long meterWh, DateTimeOffset at) => Send<StopTransactionRequest, StopTransactionResponse>(
        () => new StopTransactionRequest { TransactionId = transaction, MeterStop = meterWh, Timestamp = at, Reason = Reason.PowerLoss },
        isTransactional: true);

    public void Notify(int connector, ChargePointStatus status, ChargePointErrorCode error)
    {
        var at = Now;
        Send<StatusNotificationRequest, StatusNotificationResponse>(() => new StatusNotificationRequest { ConnectorId = connector, Status = status, ErrorCode = error, Timestamp = at });
    }

    public void SendMeterValues(ConnectorModel connector, string measurands, ReadingContext context)
    {
        var transaction = connector.Transaction;
        var reading = MeterReadings.Of(connector.Meter, Configuration.List(measurands), context, Now, noise);
        Send<MeterValuesRequest, MeterValuesResponse>(
            () => new MeterValuesRequest { ConnectorId = connector.Number, TransactionId = transaction?.Id, MeterValue = [reading] },
            isTransactional: transaction is not null);
    }

    public void Send<TRequest, TResponse>(Func<TRequest> compose, bool isTransactional = false, Action<TResponse>? answered = null)
        where TRequest : ICall<TResponse>, IWireMessage<TRequest>
        where TResponse : class, IWireMessage<TResponse>
    {
        if (isTransactional || IsOnline)
        {
            Queue.Add(new QueuedCall(TRequest.Action, () => FrameWriter.Payload(compose(), TRequest.JsonType), isTransactional, payload =>
            {
                if (answered is not null && WireReader.Read<TResponse>(payload) is { Ok: true } outcome)
                {
                    answered(outcome.Value);
                }
            }));
        }
    }

    /// <summary>Divides the station's limit, decides what flows, and reports what changed.</summary>
    public void Settle()
    {
        var station = Profiles.StationLimit(Now).Share(Math.Max(1, Connectors.Count(c => c.WantsPower)));
        foreach (var connector in Connectors)
        {
            connector.Settle(station.And(Profiles.ConnectorLimit(connector.Number, Now, connector.Transaction?.Running)));
            if (IsOnline && connector.Notified != connector.Status)
            {
                connector.Notified = connector.Status;
                Notify(connector.Number, connector.Status, connector.Fault);
            }
        }
    }

    private void TryStart(ConnectorModel connector)
    {
        if (!connector.CanStart || connector.PendingStart is not { } pending)
        {
            return;
        }

        connector.PendingStart = null;
        var transaction = connector.Transaction = new StationTransaction
        {
            IdTag = pending.IdTag,
            ParentIdTag = pending.ParentIdTag,
            ReservationId = pending.ReservationId,
            StartedAt = Now,
            MeterStartWh = (long)connector.RegisterWh,
            NextSampleAt = Now + TimeSpan.FromSeconds(2),
            SignedBegin = connector.Signer?.Sign('B', pending.IdTag, connector.RegisterWh, Now),
        };
        Send<StartTransactionRequest, StartTransactionResponse>(
            () => new StartTransactionRequest
            {
                ConnectorId = connector.Number,
                IdTag = transaction.IdTag,
                MeterStart = transaction.MeterStartWh,
                Timestamp = transaction.StartedAt,
                ReservationId = transaction.ReservationId,
            },
            isTransactional: true,
            answer => Started(connector, transaction, answer));
    }

    private void Started(ConnectorModel connector, StationTransaction transaction, StartTransactionResponse answer)
    {
        transaction.Id = answer.TransactionId;
        Authorization.Remember(transaction.IdTag, answer.IdTagInfo);
        if (answer.IdTagInfo.Status != AuthorizationStatus.Accepted && Configuration.IsOn("StopTransactionOnInvalidId") && ReferenceEquals(connector.Transaction, transaction))
        {
            Stop(connector, Reason.DeAuthorized, null);
            Settle();
        }
    }

    private void Expire()
    {
        Reservations.Expire();
        foreach (var connector in Connectors)
        {
            connector.PendingStart = connector.PendingStart?.Until <= Now ? null : connector.PendingStart;
        }

        if (IsOnline && Now >= nextHeartbeatAt)
        {
            nextHeartbeatAt = Now + Configuration.Seconds("HeartbeatInterval");
            Send<HeartbeatRequest, HeartbeatResponse>(() => new HeartbeatRequest());
        }
    }

    private void Sample()
    {
        var interval = Configuration.Seconds("MeterValueSampleInterval");
        foreach (var connector in Connectors)
        {
            if (interval > TimeSpan.Zero && connector.Transaction is { } transaction && Now >= transaction.NextSampleAt)
            {
                transaction.NextSampleAt = Now + interval;
                SendMeterValues(connector, "MeterValuesSampledData", ReadingContext.SamplePeriodic);
                if (Configuration.List("StopTxnSampledData") is { Count: > 0 } atStop)
                {
                    transaction.Readings.Add(MeterReadings.Of(connector.Meter, atStop, ReadingContext.SamplePeriodic, Now, noise));
                }
            }
        }

        SampleAligned(Configuration.Seconds("ClockAlignedDataInterval"));
    }

    // Aligned to midnight UTC (OCPP 1.6 §3.16.2); also without a transaction.
    private void SampleAligned(TimeSpan interval)
    {
        if (interval > TimeSpan.Zero && Now >= nextAlignedAt)
        {
            foreach (var connector in Connectors)
            {
                SendMeterValues(connector, "MeterValuesAlignedData", ReadingContext.SampleClock);
            }
        }

        nextAlignedAt = interval > TimeSpan.Zero
            ? new DateTimeOffset(Now.UtcDateTime.Date, TimeSpan.Zero) + (Math.Floor(Now.UtcDateTime.TimeOfDay / interval) + 1) * interval
            : DateTimeOffset.MaxValue;
    }
}
