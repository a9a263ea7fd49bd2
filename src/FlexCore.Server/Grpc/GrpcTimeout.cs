using System.Globalization;

namespace FlexCore.Server.Grpc;

/// <summary>How long a caller waits: <c>grpc-timeout</c>, up to 8 digits and a unit.</summary>
internal static class GrpcTimeout
{
    private const int MostDigits = 8;

    // What a timer can still count; nobody waits for longer.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>Reads it.</summary>
    /// <exception cref="GrpcException">It is none.</exception>
    public static TimeSpan Read(string text)
    {
        if (text.Length is < 2 or > MostDigits + 1 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) throw Wrong();
        var timeout = text[^1] switch
        {
            'H' => TimeSpan.FromHours(count),
            'M' => TimeSpan.FromMinutes(count),
            'S' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMilliseconds(count),
            'u' => TimeSpan.FromMicroseconds(count),
            'n' => TimeSpan.FromTicks(count / TimeSpan.NanosecondsPerTick),
            _ => throw Wrong(),
        };
        return timeout < Longest ? timeout : Longest;
    }

    private static GrpcException Wrong() => new(GrpcCode.Internal, "grpc-timeout must be 1 to 8 digits and one of H, M, S, m, u and n");
}
