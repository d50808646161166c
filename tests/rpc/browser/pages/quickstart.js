var sample = rpc.sample; // get a JS Proxy which interacts with the backend
sample.rpcWebsocket.listChannels().then(channelNames=>console.log("channelNames=", channelNames)); // get the names of available channels
sample.rpcWebsocket.addChannelHandlers({
    "a": v=>console.log("received value for a=", v),
    "b": v=>console.log("received value for b=", v),
}, true) // add functions to handle receiving channel update values pushed from Python
sample.test_sum(4, 5).then(v=>console.log("test_sum returned", v)); // call test_sum and attach a callback to the Promise to the result
sample.a = 2; // sets the attribute sample.a on the back end
sample.a.then(v=>console.log("a=",v)); // retrieve the attribute sample.a
