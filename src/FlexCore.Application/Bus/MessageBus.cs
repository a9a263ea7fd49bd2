using FlexCore.Domain.Errors;

namespace FlexCore.Application.Bus;

/// <summary>The one way from outside to the handlers: each request goes through the same decorators, in their order, to the one handler of its kind.</summary>
public sealed class MessageBus
{
    private readonly Dictionary<Type, Delegate> _handlers = [];
    private readonly IReadOnlyList<IDecorator> _decorators;

    /// <summary>Makes a bus.</summary>
    /// <param name="decorators">What every request goes through, the outermost first.</param>
    public MessageBus(params IReadOnlyList<IDecorator> decorators) => _decorators = decorators;

    /// <summary>Names the handler of one kind of request.</summary>
    /// <param name="create">Makes it when it is needed: a request must not pay for what others use.</param>
    public MessageBus Add<TRequest, TResult>(Func<IHandler<TRequest, TResult>> create)
        where TRequest : IRequest<TResult>
    {
        _handlers.Add(typeof(TRequest), (Handle<TResult>)((request, caller, token) => create().HandleAsync((TRequest)request, caller, token)));
        return this;
    }

    /// <summary>Asks.</summary>
    /// <returns>The answer, or every reason why there is none.</returns>
    public Task<Result<TResult>> SendAsync<TResult>(IRequest<TResult> request, Caller caller, CancellationToken cancellationToken)
    {
        if (!_handlers.TryGetValue(request.GetType(), out var handler)) throw new InvalidOperationException($"nobody handles {request.GetType().Name}");
        var handle = (Handle<TResult>)handler;
        return DecorateAsync(0);

        Task<Result<TResult>> DecorateAsync(int index) =>
            index == _decorators.Count ? handle(request, caller, cancellationToken) : _decorators[index].InvokeAsync(request, caller, () => DecorateAsync(index + 1), cancellationToken);
    }

    private delegate Task<Result<TResult>> Handle<TResult>(IRequest<TResult> request, Caller caller, CancellationToken cancellationToken);
}

/// <summary>Does something around the handling of every request.</summary>
public interface IDecorator
{
    /// <summary>Handles a request by what is further in, or refuses it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="next">What is further in; may be called again.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<Result<TResult>> InvokeAsync<TResult>(IRequest<TResult> request, Caller caller, Func<Task<Result<TResult>>> next, CancellationToken cancellationToken);
}
