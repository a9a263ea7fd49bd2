using Confluent.Kafka;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Kafka;

/// <content>Transactions: a producer of their own makes them, one after the other.</content>
public sealed partial class KafkaClient
{
    private static readonly Operation Transaction = new("transaction");

    private readonly SemaphoreSlim _transacting = new(1);
    private Lazy<IProducer<byte[]?, byte[]?>> _transactions;

    /// <summary>Sends messages all or none, as those see it who read what is committed. One at a time for each <c>TransactionalId</c>; others wait.</summary>
    /// <param name="work">Sends them by the transaction that it gets. The transaction ends with it: it is committed when it returns, and aborted when it throws.</param>
    /// <param name="cancellationToken">Aborts the transaction, unless it is being committed.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">Nothing was committed; but where the time was over during the commit, it may have been.</exception>
    /// <exception cref="InvalidOperationException"><c>TransactionalId</c> is not set.</exception>
    public async ValueTask InTransactionAsync(Func<KafkaTransaction, CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        if (_options.TransactionalId.Length == 0) throw new InvalidOperationException($"{Name}: TransactionalId is not set in its options, so it has no transactions.");
        await _transacting.WaitAsync(cancellationToken);
        try
        {
            await RunAsync(
                Transaction,
                resource: null,
                (Client: this, work),
                static async (all, token) =>
                {
                    await all.Client.TransactAsync(all.work, token);
                    return true;
                },
                cancellationToken);
        }
        finally
        {
            _transacting.Release();
        }
    }

    internal ValueTask<KafkaPosition> SendTransactedAsync(KafkaMessage message, CancellationToken cancellationToken) => SendAsync(_transactions, message, cancellationToken);

    internal ValueTask<IReadOnlyList<KafkaPosition>> SendManyTransactedAsync(IReadOnlyList<KafkaMessage> messages, CancellationToken cancellationToken) => SendManyAsync(_transactions, messages, cancellationToken);

    private Lazy<IProducer<byte[]?, byte[]?>> Transactor() => new(() =>
    {
        var producer = Build(KafkaSettings.OfTransactions(_options));
        try
        {
            producer.InitTransactions(_options.DriverTimeout);
            return producer;
        }
        catch
        {
            producer.Dispose();
            throw;
        }
    });

    private async Task TransactAsync(Func<KafkaTransaction, CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        var transactions = _transactions;
        try
        {
            var producer = await BlockAsync(() => transactions.Value);
            producer.BeginTransaction();
            try
            {
                using var transaction = new KafkaTransaction(this);
                await work(transaction, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                await BlockAsync(() => Commit(producer));
            }
            catch (Exception e) when (!IsFatal(e))
            {
                await BlockAsync(() => Abort(producer));
                throw;
            }
        }
        catch (Exception e) when (IsFatal(e) || !transactions.IsValueCreated)
        {
            // It can make no more transactions: another process has its name, or the name could not be taken.
            _transactions = Transactor();
            if (transactions.IsValueCreated) transactions.Value.Dispose();
            throw;
        }
    }

    private static bool IsFatal(Exception failure) => failure is KafkaException { Error.IsFatal: true };

    private bool Commit(IProducer<byte[]?, byte[]?> producer)
    {
        var began = Time.GetTimestamp();
        while (true)
        {
            try
            {
                producer.CommitTransaction(_options.DriverTimeout);
                return true;
            }
            catch (KafkaRetriableException) when (Time.GetElapsedTime(began) < _options.DriverTimeout)
            {
                // The driver goes on with the same commit.
            }
        }
    }

    private bool Abort(IProducer<byte[]?, byte[]?> producer)
    {
        producer.AbortTransaction(_options.DriverTimeout);
        return true;
    }
}

/// <summary>A transaction that is under way; <see cref="KafkaClient.InTransactionAsync"/> begins and ends it.</summary>
public sealed class KafkaTransaction : IDisposable
{
    private readonly KafkaClient _client;
    private bool _hasEnded;

    internal KafkaTransaction(KafkaClient client) => _client = client;

    /// <summary>As <see cref="KafkaClient.SendAsync(KafkaMessage, CancellationToken)"/>.</summary>
    public ValueTask<KafkaPosition> SendAsync(KafkaMessage message, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_hasEnded, this);
        return _client.SendTransactedAsync(message, cancellationToken);
    }

    /// <summary>As <see cref="KafkaClient.SendManyAsync(IReadOnlyList{KafkaMessage}, CancellationToken)"/>.</summary>
    public ValueTask<IReadOnlyList<KafkaPosition>> SendManyAsync(IReadOnlyList<KafkaMessage> messages, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_hasEnded, this);
        return _client.SendManyTransactedAsync(messages, cancellationToken);
    }

    void IDisposable.Dispose() => _hasEnded = true;
}
