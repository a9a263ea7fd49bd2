using System.IO.Pipelines;
using FlexCore.Domain.Errors;
using FlexCore.Server.Grpc;
using FlexCore.Server.Grpc.V1;

namespace FlexCore.EndToEnd.Server;

/// <summary>Parts of gRPC that no client can see from outside.</summary>
public sealed class GrpcMessagesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writer_waits_for_a_reader_that_is_slow()
    {
        var wire = new Pipe(new PipeOptions(pauseWriterThreshold: 1000, resumeWriterThreshold: 500));
        var messages = new GrpcMessages(new Pipe().Reader, wire.Writer);
        var message = new Event { DataJson = new string('x', 400) };
        await messages.WriteAsync(message, Token);
        await messages.WriteAsync(message, Token);
        var third = messages.WriteAsync(message, Token);
        third.IsCompleted.ShouldBeFalse("the reader has no room for it");

        var read = await wire.Reader.ReadAsync(Token);
        wire.Reader.AdvanceTo(read.Buffer.End);
        await third.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task Writer_that_waits_stops_when_the_caller_has_gone()
    {
        var wire = new Pipe(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50));
        var messages = new GrpcMessages(new Pipe().Reader, wire.Writer);
        using var gone = new CancellationTokenSource();
        var writing = messages.WriteAsync(new Event { DataJson = new string('x', 400) }, gone.Token);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(writing);

        await wire.Reader.CompleteAsync();
        await Should.ThrowAsync<OperationCanceledException>(messages.WriteAsync(new Event(), Token));
    }

    [Fact]
    public async Task Answer_that_clients_would_refuse_is_not_sent()
    {
        var messages = new GrpcMessages(new Pipe().Reader, new Pipe().Writer);
        var refused = await Should.ThrowAsync<GrpcException>(messages.WriteAsync(new Event { DataJson = new string('x', GrpcMessages.MaxBytes) }, Token));
        refused.Status.Code.ShouldBe(GrpcCode.ResourceExhausted);
    }

    [Fact]
    public void Every_error_has_a_status_that_fits_its_class()
    {
        foreach (var code in ErrorCodes.All)
        {
            var status = GrpcErrors.CodeOf(code);
            status.ShouldNotBe(GrpcCode.Ok, code.Id);
            if (status == GrpcCode.Unavailable) code.Class.ShouldNotBe(ErrorClass.Input, $"{code.Id}: what is wrong with a request stays wrong when it is repeated");
            if (status == GrpcCode.Internal) code.Class.ShouldBe(ErrorClass.Bug, code.Id);
        }
    }
}
