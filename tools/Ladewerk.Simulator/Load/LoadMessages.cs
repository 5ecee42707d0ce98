using System.Globalization;
using System.Text.Unicode;

namespace Ladewerk.Simulator.Load;

/// <summary>
/// The messages of a load station, written straight into its buffer. The message id stands at a fixed place and has a fixed
/// length, so that a message can be repeated under a new id with its content unchanged.
/// </summary>
internal static class LoadMessages
{
    public const int IdOffset = 4;
    public const int IdLength = 24;

    /// <summary>Enough for the longest message here.</summary>
    public const int MaxLength = 1024;

    private const int Head = IdOffset + IdLength;
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>An id that no other run uses: a server may take an id that comes again with the same content for a repetition.</summary>
    public static void WriteId(Span<byte> message, uint run, int station, uint counter)
    {
        "[2,\""u8.CopyTo(message);
        Utf8.TryWrite(message[IdOffset..], Plain, $"{run:x8}{station:x6}{counter:x10}", out _);
    }

    public static int Boot(Span<byte> message, string serial)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","BootNotification",{"chargePointVendor":"Ladewerk","chargePointModel":"Load","chargePointSerialNumber":"{{serial}}","firmwareVersion":"1.0"}]
            """, out var written);
        return Length(fits, written);
    }

    public static int Heartbeat(Span<byte> message)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","Heartbeat",{}]
            """, out var written);
        return Length(fits, written);
    }

    public static int Status(Span<byte> message, string status, DateTimeOffset at)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"{{status}}","timestamp":"{{at:yyyy-MM-ddTHH:mm:ss.fffZ}}"}]
            """, out var written);
        return Length(fits, written);
    }

    public static int Authorize(Span<byte> message, string idTag)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","Authorize",{"idTag":"{{idTag}}"}]
            """, out var written);
        return Length(fits, written);
    }

    public static int Start(Span<byte> message, string idTag, long meterWh, DateTimeOffset at)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","StartTransaction",{"connectorId":1,"idTag":"{{idTag}}","meterStart":{{meterWh}},"timestamp":"{{at:yyyy-MM-ddTHH:mm:ss.fffZ}}"}]
            """, out var written);
        return Length(fits, written);
    }

    public static int Stop(Span<byte> message, int transaction, string idTag, long meterWh, DateTimeOffset at)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","StopTransaction",{"transactionId":{{transaction}},"idTag":"{{idTag}}","meterStop":{{meterWh}},"timestamp":"{{at:yyyy-MM-ddTHH:mm:ss.fffZ}}","reason":"Local"}]
            """, out var written);
        return Length(fits, written);
    }

    /// <summary>A periodic reading of about 400 bytes: register, power, current of two phases.</summary>
    public static int Meter(Span<byte> message, int transaction, long meterWh, int powerW, DateTimeOffset at)
    {
        var fits = Utf8.TryWrite(message[Head..], Plain, $$"""
            ","MeterValues",{"connectorId":1,"transactionId":{{transaction}},"meterValue":[{"timestamp":"{{at:yyyy-MM-ddTHH:mm:ss.fffZ}}","sampledValue":[{"value":"{{meterWh}}","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},{"value":"{{powerW}}","measurand":"Power.Active.Import","unit":"W"},{"value":"31.9","measurand":"Current.Import","phase":"L1","unit":"A"}]}]}]
            """, out var written);
        return Length(fits, written);
    }

    private static int Length(bool fits, int written) =>
        fits ? Head + written : throw new InvalidOperationException("The message is longer than its buffer.");
}
