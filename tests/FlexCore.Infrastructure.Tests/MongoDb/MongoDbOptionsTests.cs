using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;

namespace FlexCore.Infrastructure.Tests.MongoDb;

public sealed class MongoDbOptionsTests
{
    [Theory]
    [InlineData("mongodb://mongo-1")]
    [InlineData("mongodb://mongo-1:27017,mongo-2:27017/?replicaSet=rs0&compressors=zstd")]
    [InlineData("mongodb://[::1]:27017/?directConnection=true")]
    [InlineData("mongodb+srv://cluster.example.com/")]
    public void Connection_that_says_where_the_servers_are_is_taken(string connection)
    {
        Problems(options => options.Connection = connection).ShouldBeEmpty();
        using var uri = MongoDbUri.Create(Options(options => options.Connection = connection));
        uri.IsInvalid.ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "is missing")]
    [InlineData("mongo-1:27017", "mongodb://")]
    [InlineData("http://mongo-1", "mongodb://")]
    [InlineData("mongodb://", "no server")]
    [InlineData("mongodb://a,,b", "no server")]
    [InlineData("mongodb://user:canary@mongo-1", "Security:Password")]
    [InlineData("mongodb://mongo-1/canary", "Database")]
    [InlineData("mongodb://mongo-1/?tlsCertificateKeyFilePassword=canary", "Security")]
    [InlineData("mongodb://mongo-1/?SSL=true", "Security")]
    [InlineData("mongodb://mongo-1/?authMechanismProperties=A:canary", "Security")]
    [InlineData("mongodb://mongo-1/?retryWrites=true&w=majority", "Retry")]
    [InlineData("mongodb://mongo-1/?replicaSet=rs0&W=1", "WriteConcern")]
    [InlineData("mongodb://mongo-1/?maxpoolsize=1", "PoolSize")]
    public void Connection_with_what_is_set_elsewhere_is_refused_and_not_told(string connection, string told)
    {
        var problem = Problems(options => options.Connection = connection).ShouldHaveSingleItem();

        problem.ShouldStartWith("Connection: ");
        problem.ShouldContain(told);
        problem.ShouldNotContain("canary");
    }

    [Fact]
    public void Options_that_do_not_go_together_are_told_all_at_once()
    {
        Problems(options =>
        {
            (options.Database, options.ApplicationName, options.PoolSize, options.SelectionTimeout) = ("a/b", "", 0, TimeSpan.Zero);
            (options.ReadConcern, options.ReadPreference) = (MongoDbReadConcern.Linearizable, MongoDbReadPreference.Nearest);
            (options.Security.CaFile, options.Security.CertificateFile, options.Security.User, options.Security.AuthenticationDatabase) = ("/none", "/none", "app", "");
        }).Select(problem => problem.Split(": ")[0]).ShouldBe(
            ["Database", "ApplicationName", "PoolSize", "SelectionTimeout", "ReadPreference", "Security:CaFile", "Security:CertificateFile", "Security:AuthenticationDatabase", "Security:Password"]);
        Problems(options => (options.Security.Tls, options.Security.CaFile, options.Security.CertificateFile) = (true, "/none", "/none")).Count.ShouldBe(2);
        Problems(options => options.Security.Password = "canary").ShouldHaveSingleItem().ShouldStartWith("Security:User: ");
        Problems(options => options.Security.CertificatePassword = "canary").ShouldHaveSingleItem().ShouldStartWith("Security:CertificateFile: ");
        Problems(options => (options.Security.Mechanism, options.Security.Password) = (MongoDbMechanism.X509, "canary")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Connection_that_only_the_driver_refuses_is_told_at_the_first_question()
    {
        await using var client = SharedMongoDb.Connect("mongodb://mongo-1:99999999");

        (await MongoDbClientTests.FailureAsync(() => client.CountAsync("orders", MongoDbDocument.Empty, TestContext.Current.CancellationToken))).Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        (await MongoDbClientTests.FailureAsync(() => client.CountAsync("orders", MongoDbDocument.Empty, TestContext.Current.CancellationToken))).Code.ShouldBe(ErrorCodes.SystemRequestRefused);
    }

    [Fact]
    public void Library_that_is_missing_is_named_with_the_way_to_get_it()
    {
        var failure = Should.Throw<FlexCoreException>(() => MongoC.Find("libmongoc-that-nobody-has.so.0"));

        failure.Error.Message.ShouldContain("libmongoc-that-nobody-has.so.0");
        failure.Error.Remedy.ShouldContain("apt-get install libmongoc-1.0-0");
    }

    private static List<string> Problems(Action<MongoDbOptions> change) => [.. Options(change).Problems().Select(problem => $"{problem.Key}: {problem.Problem}")];

    private static MongoDbOptions Options(Action<MongoDbOptions> change)
    {
        var options = new MongoDbOptions { Connection = "mongodb://mongo-1", Database = "shop" };
        change(options);
        return options;
    }
}
