using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Stations.Security;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>Something that concerns the station's security. Security whitepaper, A04 and A05.</summary>
internal sealed class SecurityEventNotification(LiveFeed feed) : ICallHandler<SecurityEventNotificationRequest, SecurityEventNotificationResponse>
{
    private static readonly SecurityEventNotificationResponse Empty = new();

    public ValueTask<Handled<SecurityEventNotificationResponse>> Handle(SecurityEventNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        var (critical, severity) = SecurityEventKinds.Of(request.Type);
        var (known, at) = (call.Known, call.ReceivedAt);
        call.Change.Add(SecurityTables.Events, new(Guid.CreateVersion7(), known.TenantId, known.Id, request.Type, severity, critical, request.Timestamp, at, request.TechInfo));
        return new(new Handled<SecurityEventNotificationResponse>(
            Empty, () => feed.Publish(known.TenantId, "securityEvent", new { stationId = known.Identity, type = request.Type, severity, at })));
    }
}

/// <summary>A station asks for a certificate for its new key; what is signed is sent later. Security whitepaper, A02 and A03.</summary>
internal sealed class SignCertificate(CertificateWork work) : ICallHandler<SignCertificateRequest, SignCertificateResponse>
{
    public ValueTask<Handled<SignCertificateResponse>> Handle(SignCertificateRequest request, IncomingCall call, CancellationToken ct)
    {
        var read = SigningRequest.Check(request.Csr, call.Known.Identity);
        call.Change.Add(SecurityTables.Requests, new(call.Known.TenantId, call.Known.Id, request.Csr, SigningRequest.Hash(request.Csr), read.Fault, read.Subject, call.ReceivedAt));
        return new(new Handled<SignCertificateResponse>(new() { Status = read.Fault is null ? GenericStatus.Accepted : GenericStatus.Rejected }, work.Ring));
    }
}
