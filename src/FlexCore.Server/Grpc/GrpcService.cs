using FlexCore.Application.Bus;
using FlexCore.Domain.Errors;
using FlexCore.Server.Repeating;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace FlexCore.Server.Grpc;

/// <summary>One call.</summary>
/// <param name="Caller">Who asks; null where everybody may.</param>
/// <param name="Bus">Takes what they ask for.</param>
/// <param name="CancellationToken">When nobody waits for the answer any more.</param>
internal sealed record GrpcCall(Caller? Caller, MessageBus Bus, CancellationToken CancellationToken)
{
    /// <summary>What has it done once, where it changes something and comes with an idempotency key; null where it has none.</summary>
    public RepeatedCall? Repeated { get; init; }

    /// <summary>The call as it was begun first; null for one that is not repeated.</summary>
    public BegunRequest? Begun { get; init; }

    /// <summary>Asks.</summary>
    /// <exception cref="FlexCoreException">Why there is no answer.</exception>
    public async Task<T> AskAsync<T>(IRequest<T> request)
    {
        var answer = await Bus.SendAsync(request, Caller ?? throw new InvalidOperationException("nobody has asked who asks"), CancellationToken);
        return answer.IsSuccess ? answer.Value : throw new FlexCoreException(answer.Errors);
    }
}

/// <summary>A method as it is answered.</summary>
/// <param name="IsPublic">Whether everybody may call it: only what says how the server is.</param>
/// <param name="IsStream">Whether its answer may go on for as long as the caller listens.</param>
/// <param name="AnswerAsync">Reads and writes the messages.</param>
internal sealed record GrpcMethod(bool IsPublic, bool IsStream, Func<GrpcMessages, GrpcCall, Task> AnswerAsync);

/// <summary>A service of a <c>.proto</c> file, and what answers its methods.</summary>
/// <param name="descriptor">What the file says.</param>
/// <param name="isPublic">Whether everybody may call it.</param>
internal sealed class GrpcService(ServiceDescriptor descriptor, bool isPublic = false)
{
    private readonly Dictionary<string, GrpcMethod> _methods = new(StringComparer.Ordinal);

    /// <summary>What the file says.</summary>
    public ServiceDescriptor Descriptor => descriptor;

    /// <summary>The methods by name.</summary>
    /// <exception cref="InvalidOperationException">The file has one that nobody answers.</exception>
    public IReadOnlyDictionary<string, GrpcMethod> Methods =>
        descriptor.Methods.FirstOrDefault(method => !_methods.ContainsKey(method.Name)) is { } forgotten ? throw new InvalidOperationException($"nobody answers {forgotten.FullName}") : _methods;

    /// <summary>Answers one message with one.</summary>
    public GrpcService One<TRequest, TAnswer>(string name, Func<TRequest, GrpcCall, Task<TAnswer>> answer)
        where TRequest : class, IMessage<TRequest>, new()
        where TAnswer : class, IMessage<TAnswer>
    {
        var parser = Parser<TRequest, TAnswer>(name, asksMany: false, answersMany: false);
        return Add(name, isStream: false, async (messages, call) => await messages.WriteAsync(await answer(await messages.ReadOnlyAsync(parser, call.CancellationToken), call), call.CancellationToken));
    }

    /// <summary>Answers one message with one, and has done what it wants; with an idempotency key, once.</summary>
    public GrpcService Change<TRequest, TAnswer>(string name, Func<TRequest, GrpcCall, Task<TAnswer>> answer)
        where TRequest : class, IMessage<TRequest>, new()
        where TAnswer : class, IMessage<TAnswer>, new() => One<TRequest, TAnswer>(
            name, (request, call) => call.Repeated is { } repeated ? repeated.OnceAsync(request, call, begun => answer(request, call with { Begun = begun })) : answer(request, call));

    /// <summary>Answers one message with many.</summary>
    public GrpcService Many<TRequest, TAnswer>(string name, Func<TRequest, GrpcCall, IAsyncEnumerable<TAnswer>> answer)
        where TRequest : class, IMessage<TRequest>, new()
        where TAnswer : class, IMessage<TAnswer>
    {
        var parser = Parser<TRequest, TAnswer>(name, asksMany: false, answersMany: true);
        return Add(name, isStream: true, async (messages, call) =>
        {
            var request = await messages.ReadOnlyAsync(parser, call.CancellationToken);
            await foreach (var message in answer(request, call).WithCancellation(call.CancellationToken)) await messages.WriteAsync(message, call.CancellationToken);
        });
    }

    /// <summary>Answers each of many messages with one.</summary>
    public GrpcService Each<TRequest, TAnswer>(string name, Func<TRequest, TAnswer> answer)
        where TRequest : class, IMessage<TRequest>, new()
        where TAnswer : class, IMessage<TAnswer>
    {
        var parser = Parser<TRequest, TAnswer>(name, asksMany: true, answersMany: true);
        return Add(name, isStream: true, async (messages, call) =>
        {
            await foreach (var request in messages.ReadAllAsync(parser, call.CancellationToken)) await messages.WriteAsync(answer(request), call.CancellationToken);
        });
    }

    private GrpcService Add(string name, bool isStream, Func<GrpcMessages, GrpcCall, Task> answer)
    {
        _methods.Add(name, new GrpcMethod(isPublic, isStream, answer));
        return this;
    }

    private MessageParser<TRequest> Parser<TRequest, TAnswer>(string name, bool asksMany, bool answersMany)
        where TRequest : class, IMessage<TRequest>, new()
    {
        if (descriptor.FindMethodByName(name) is not { } method || method.InputType.ClrType != typeof(TRequest) || method.OutputType.ClrType != typeof(TAnswer)
            || method.IsClientStreaming != asksMany || method.IsServerStreaming != answersMany)
            throw new InvalidOperationException($"{descriptor.FullName} has no such {name}");
        return new MessageParser<TRequest>(() => new TRequest());
    }
}
