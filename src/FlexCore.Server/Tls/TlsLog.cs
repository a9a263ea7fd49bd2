using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Tls;

/// <summary>What is told of the certificate of a server.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(EventId = 20, EventName = "CertificateTaken", Level = LogLevel.Information, Message = "new connections get the certificate that now lies in {File}; it holds until {End:u}")]
    public static partial void CertificateTaken(this ILogger log, string file, DateTimeOffset end);

    [LoggerMessage(EventId = 21, EventName = "CertificateKept", Level = LogLevel.Warning, Message = "the certificate that was there goes on: {Reason}")]
    public static partial void CertificateKept(this ILogger log, string reason);

    [LoggerMessage(EventId = 22, EventName = "CertificateExpires", Level = LogLevel.Warning, Message = "the certificate in {File} expires on {End:u}, in {Days} days; put a new one and its key there, the server notices")]
    public static partial void CertificateExpires(this ILogger log, string file, DateTimeOffset end, int days);

    [LoggerMessage(EventId = 23, EventName = "CertificateExpired", Level = LogLevel.Error, Message = "the certificate in {File} has expired on {End:u}: clients refuse it; put a new one and its key there, the server notices")]
    public static partial void CertificateExpired(this ILogger log, string file, DateTimeOffset end);
}
