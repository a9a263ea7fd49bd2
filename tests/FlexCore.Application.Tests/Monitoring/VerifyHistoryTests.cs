using System.Text.Json;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Monitoring;

public sealed class VerifyHistoryTests
{
    private static readonly VerifyHistory Verify = new(new HistoryEvidence([], []), SinceLast: false);

    [Fact]
    public async Task Log_that_takes_too_long_is_given_up_with_what_to_do()
    {
        var found = await new VerifyHistoryHandler(new EndlessHistory(), TimeProvider.System).HandleAsync(Verify with { Within = TimeSpan.FromMilliseconds(1) }, Some.Caller, TestContext.Current.CancellationToken);

        var error = found.Errors.ShouldHaveSingleItem();
        error.Code.ShouldBe(ErrorCodes.VerificationTooLong);
        error.Remedy.ShouldContain("on the server's machine");
    }

    [Fact]
    public async Task Whoever_asked_can_give_up_themselves()
    {
        using var gone = new CancellationTokenSource();
        var verification = new VerifyHistoryHandler(new EndlessHistory(), TimeProvider.System).HandleAsync(Verify with { Within = TimeSpan.FromHours(1) }, Some.Caller, gone.Token);

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => verification);
    }

    private sealed class EndlessHistory : IHistory
    {
        public async ValueTask<VerifiedHistory> VerifyAsync(HistoryEvidence evidence, bool sinceLast, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("it has no end");
        }

        public ValueTask<long> ExportAsync(Stream file, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<JsonElement?> ProveAsync(long position, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<JsonElement?> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<string?> GetPublicKeyAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
