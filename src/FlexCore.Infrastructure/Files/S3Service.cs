using System.Net;
using System.Runtime.InteropServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Files;

/// <summary>Amazon's library for S3, as it is used here.</summary>
internal static class S3Service
{
    /// <summary>Connects, with the library's own attempts, limits of time and log off: there are ours.</summary>
    public static AmazonS3Client Connect(S3FilesOptions options)
    {
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0, ThrottleRetries = false, Timeout = Timeout.InfiniteTimeSpan, DisableLogging = true,

            // What speaks the protocol need not know these.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint.Length > 0) (config.ServiceURL, config.ForcePathStyle, config.AuthenticationRegion) = (options.Endpoint, true, options.Region.Length > 0 ? options.Region : RegionEndpoint.USEast1.SystemName);
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        AWSCredentials? credentials = options.AccessKey.Length == 0 ? null
            : options.SessionToken.Length > 0 ? new SessionAWSCredentials(options.AccessKey, options.SecretKey, options.SessionToken)
            : new BasicAWSCredentials(options.AccessKey, options.SecretKey);
        return credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
    }

    /// <summary>A stream for each attempt: the library disposes the one it has sent.</summary>
    public static MemoryStream Read(ReadOnlyMemory<byte> part) => MemoryMarshal.TryGetArray(part, out var bytes) ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false) : new MemoryStream(part.ToArray(), writable: false);

    public static DateTimeOffset TimeOf(DateTime? time) => new(DateTime.SpecifyKind((time ?? default).ToUniversalTime(), DateTimeKind.Utc));

    /// <summary>Opens a file.</summary>
    /// <returns>Whether it is there, and its answer where it has the bytes that are wanted.</returns>
    public static async ValueTask<(bool IsThere, GetObjectResponse? Answer)> GetAsync(AmazonS3Client service, GetObjectRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return (true, await service.GetObjectAsync(request, cancellationToken));
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return (false, null);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return (true, null);
        }
    }

    /// <summary>Whether the library says, of a file that is being read, that its sum is wrong: it has no exception of its own for that.</summary>
    public static bool IsBroken(Exception failure) => failure is AmazonClientException;

    /// <summary>What a failure means (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html); null of what is none of the service.</summary>
    public static CallFailure? Understand(Exception failure) => failure switch
    {
        AmazonServiceException { StatusCode: >= HttpStatusCode.OK } refused => new CallFailure(KindOf(refused), $"{refused.ErrorCode}: {refused.Message}"),
        AmazonServiceException or HttpRequestException or IOException => new CallFailure(FailureKind.Unreachable, (failure.InnerException ?? failure).GetType().Name),
        AmazonClientException nobody => new CallFailure(FailureKind.AccessRefused, nobody.Message),
        _ => null,
    };

    private static FailureKind KindOf(AmazonServiceException refused) => refused.ErrorCode switch
    {
        "SlowDown" or "OperationAborted" => FailureKind.Busy,
        "RequestTimeout" => FailureKind.Timeout,
        _ => refused.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => FailureKind.AccessRefused,
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests => FailureKind.Busy,
            HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => FailureKind.Conflict,
            >= HttpStatusCode.InternalServerError => FailureKind.Unreachable,
            _ => FailureKind.RequestRefused,
        },
    };
}
