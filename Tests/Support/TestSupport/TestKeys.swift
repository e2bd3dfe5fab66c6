/// Keys that are of no use to anybody, made for these tests.
public enum TestKeys {
    public static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDATCCAemgAwIBAgIUZFFsjtfyH3Gl+Z3fqwa9sXzCvK4wDQYJKoZIhvcNAQEL
        BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExNzQyNDNaGA8yMTI2MTAyODE3
        NDI0M1owDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
        AQoCggEBAN+5vaF2L/dIDDL1sKklfpFl3cGP50/uW3jE7H9tzndxO8Noqk2Rc7S3
        UG1VYAMCtvII4fXtPAvl8sCEje1hgycwGyLPkkBQrJ9yGvY2mcQtW8wtcpGVy8gV
        6tszjG4t3Pco2X1TGPYPNOWCZ3zZ41XLZIQPibZpaC0J7cxvJxCkMSLZNwrvmBLa
        6Cu9pJ1NglFZyRwfvW4R7EjMQYff+S+PZC4rcsIn0N51/fEW3RY6ciNoFuX86YgW
        AoXLff3giXnFewR+sp30X4/6oPZ8eHHHJVTx5tNRwuVcAULjGglpVCQKP58yiJ0e
        6fYVGfFls2XTEu+g3jtBvVRroQJ56TUCAwEAAaNTMFEwHQYDVR0OBBYEFM7JrMMA
        WRfZvwHnX/gFTec5rn4oMB8GA1UdIwQYMBaAFM7JrMMAWRfZvwHnX/gFTec5rn4o
        MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAKWtEVuObP4g1GLu
        xNEGXCuojKxGo4vxxI+uz/tB0+nilKlvoxrEOiJe2yGQ9nxqBkUIupyQWJGGDXOl
        KsXyl4lWyEdUcuzyI4bAT8aA5KwbPXlvC8eCdsGBx4A/4JdSd/3M4woIPkWWRhmN
        NayYqva6odR9YBvVrypNx3rT8ruGUIy7QWox8DeapoSnlUfCMbeGKyDiCOqUeT31
        i4OuRTSXaOcrA9vtAetJ41yYN6BB+lWfNbxU5dJnQ69gaDutFybvPJyZy0rXsMU7
        dSyToH1qTKpJp8ztgLF1kvSQ4d7fDph8PklLZbjuIZKugOQmfo291kUp1uEusZB9
        HA4qZew=
        -----END CERTIFICATE-----
        """
    public static let key = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDfub2hdi/3SAwy
        9bCpJX6RZd3Bj+dP7lt4xOx/bc53cTvDaKpNkXO0t1BtVWADArbyCOH17TwL5fLA
        hI3tYYMnMBsiz5JAUKyfchr2NpnELVvMLXKRlcvIFerbM4xuLdz3KNl9Uxj2DzTl
        gmd82eNVy2SED4m2aWgtCe3MbycQpDEi2TcK75gS2ugrvaSdTYJRWckcH71uEexI
        zEGH3/kvj2QuK3LCJ9Dedf3xFt0WOnIjaBbl/OmIFgKFy3394Il5xXsEfrKd9F+P
        +qD2fHhxxyVU8ebTUcLlXAFC4xoJaVQkCj+fMoidHun2FRnxZbNl0xLvoN47Qb1U
        a6ECeek1AgMBAAECggEAL0LpHNU/P8FAFnnRdoH9sVBwHqY8KqYDO8l53ld/gLry
        cY7IPzelVj1NZ7Nb43bs18dpmI6jmy3Z8LJv2wA4+QvQB7QKxLxmIw6zRGT3abpd
        RI4rQDcBRAThRqomldXpcmr2OuPVh5FhzsQUAYtz21lqo/02TcsJn04UJpYqjfiE
        Y2JK2lVkDU7frHENkRlrFiksEzUjnh4hfbwL23OlbfenRw2uypMCNcQQ8GsNRHPa
        xqepFprED4UnyOvdeNcjv/uAEseedC3B9GVmZM3GJjPtP3J3ZGxbRRA+oxht5Ug3
        YP51zRgjKzO+vu+HTHsDGiryDgSNjmEu5Mj8NveQEQKBgQD2QasWqQdvjgOGokZt
        sJyXmJxAeqZS+1OtQctK0b0h/Hk/VuZfdFm0BhmcqpPtZbWQP2xS+Xnf0yAi3BeE
        CLImDFG4JjA8IrnNAWHIRV0UC2ZXw/UHN+93CsSMg3WM3COQ5IsEI0wAS8uh1har
        T6gkulk44TPiaq7RLiDjQ2pZHQKBgQDok9s3n5kQkbsi3WSAW/FrbW46866Gha7E
        YzyWKQVuxzn05h5w7cjYwYAxhcBOB/FWcvLUYqK847rMWPfXN+nb1H+ajXgXWTEo
        diUwQw99n0h4ORh70AOnwZBL2TGtbj+HONfaz7/hmH1qJ405rrAOqXDqnaWCcx2Q
        S67l8mVs+QKBgAiJfkTq1zcm1Th1p7tlxAf9Ym1Z0ypNTDlVbpbJbqUe+5UWjiYB
        ApsbGwgzYa15OTInALpfq7n2t8Z9mtMY+hQXmT2pFUMAcTCKO7mVrgRj4MhqIrR9
        W+/kj6vPYuPfPdxoD+m0z42zEvwpT9/ggxPC4hT2ubW/vQ/DaaB3VdiBAoGBAKKW
        kn6dJM0Pg6pI6TROkkQOeSvfJJfIJrgFw9oZjUG3Js4MfSVnJaxaAXsdTKWAKffM
        XfOZjLjN3s1yOLiMzwCt2hK6aUSxRotJpI/Loa2pR2k8SOBtN9DzoSNVD8R1ORYX
        59aAu1xDVRF72t+DPnLRgy2QzZ6XSQiR0A/SV5NJAoGAE40phGJntJJ/zK1SzE29
        YHUiROJ30eJ+yxiAce7slkxkfXJvGzIF/CMTBCNZ9j8EKyiGqe/pwSoLdk9hdgh+
        yatGClXDLVx+XJRrDHILva5371rmI7ByDPFKWPvF4OC8mb98m+nlBz+2MI9KN0Sl
        z2WotIwUtXnpRVsLIeNf9eA=
        -----END PRIVATE KEY-----
        """
    public static let ellipticCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdTCCARugAwIBAgIUeHD0Y86hyylDKqcxKUzIxt7GZNswCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExNzQyNDNaGA8yMTI2MTAyODE3NDI0
        M1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABD1R
        Vj8ugsDgx4iVyR79P6aqqK7HSgQZDC5lIBc5PVg/8Mh2VDdEecwSIUKpbZ1Xogoj
        lK7nYLHrQv6fm6EV/pajUzBRMB0GA1UdDgQWBBQ+MFRhUTuhlgoP79sYr3gM2wFS
        mjAfBgNVHSMEGDAWgBQ+MFRhUTuhlgoP79sYr3gM2wFSmjAPBgNVHRMBAf8EBTAD
        AQH/MAoGCCqGSM49BAMCA0gAMEUCIBxO1sGWsUzSkUfYnLFF7nzhfP9c1G77+kd6
        bJkCHWenAiEApa0ik5lXl3OpRW5tHwiKmimIANNUgQl8Gy5BUFljlZI=
        -----END CERTIFICATE-----
        """
    public static let ellipticKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0uVy0OcAW1MaCuxv
        kwGEJfkMoyRWb0/4CEcg0bm6piahRANCAAQ9UVY/LoLA4MeIlcke/T+mqqiux0oE
        GQwuZSAXOT1YP/DIdlQ3RHnMEiFCqW2dV6IKI5Su52Cx60L+n5uhFf6W
        -----END PRIVATE KEY-----
        """
    public static let lockedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIJt6CEGWZ1loCAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBDzjDfY+TVkhF/4Zremwfv6BIIE
        0JhMfbJtA4nKbnwWJ7Ch5I86xTfJYgFF83OvnMicfU+qSek7JqkrnSr2Eekk/1QP
        mS2cjoenlFoHPgPlbbXVrCkum88y5KOdDdlRasMW3ziUmztpAmKHIAIjoB5HLxI8
        WekfXSzBLUp6G1m1Z5HsxV0298EEC1PbUxuHhAQ2D+Mw8LIxDYPp9bwpQui7C1vN
        iOfcV5yn/yUqUEihPMT3mma/J4tBNHFHcaSmsMVuvttEqpiI6IrmyS3lsqQ91vFW
        aLOdZKX56p3EQajUEazAIt508r/8zaFQUoskEqvWWzUGpXIeBAmjCECjdSRJedjv
        iBIyOSjR46b2AbnO6zQ1q05Yx5EU4QiqTYmoQLXpmgAt+uI4Uj7Sl6CpYAdt6CET
        yIqV1C0dZ4/N4N3pHbipbPCsUhp6uiihoWZ/VkGEDTiLIwwNzbWJION6jEI0zEmf
        Nqa1qxfeCFLrNJ+VFxqa1f/fRgxrO+qmY/Arg7r/HF2GHpJTYzlKcGPHglJhpcfW
        edKAQCTIRD7icy847Dk6oZ19v1wHCQtX3h6kGXN/XzZC6mywqWt3wKediKWyYoxO
        3ZF3iyUsHfW8iazl/Wy6YMjvOfaFp9hdE2acFauZR6YOkItEhhZrl6js+kr6Nx1m
        GDzNLjykJJ4BbsdrRSEBFKzRzeCt/LSCB5PyS8yncwodVfQ63j4jIdeFvoG+PRT9
        ebHgEr+0yeaF8nrc/M1/tleCK6mMkfVcTR7aFd/4SnWKUuH165PonCwjqXwoimQw
        a2+rA+SppQokJEQCPtOtw5ejebuLMjH6qh4sD/JWFT/iXLjQuduzxU2VOGKsgdv2
        sG9VpbyHBInL2j1ixFlcZf8hqUxMBUqStLuleTjlj1E9cSydjgqGf/vwV5MNvRZt
        I/48NDJT/lyIF9IEC5HpqvfO5tGYMXgkm82uVJ+tHPJkT6lHN4hvKZpKtlaLmwon
        DUFju3nDs+GMUuFXUim98fq+VdtW+nrXmeBjOCoqoxgaQIL4Y3pA5pdXv8qGlzr5
        tdUx81qFufJKQwRphvnHEn+QoHVKz/L8kkS6gJXEPZKBV9ZRG9PQZTS4LD3rejYN
        aUue/o9C7Di+Q2YjTu7Y4+SGv345Ys5eVEk7rJhxiz5W3tGQmRgZPjz1XTuM0wvo
        CkglSN9cNukGy/PkRV0IpTAwx5eEYrB6gpYfYjh4XYIr1Sb/2m4HGvdoAD6yFFR6
        2/YZBpSawD5f3sKh1M4SuoDBKx2fjg+DQ8gpratO4bPE4vz095paP3RhhXygtW4U
        y/xlC/DKTL7RL0gYIQ14iclSAEsNDSB8Z9ZbZ8FLBkVwzrnqOhsjdECg0G3qRiP6
        OvW8CVOky3NVj2YAGI8v0YjkTaJqrShdPCHo+WL66N5DPhXkrq0P04SArba1B69Q
        yqk/WY/GWUePuyDfCMmzE/tZKQDiBnrXYpQoI1YDZdcYUtQU83vV/LR8DpLk+bAa
        z4DZRvFPa6F9cSXzMADTUgvQdZApFWzpKP3yb/5ZgBM30oBx8E46fTNWSs737O3p
        nOlb90cbDHqkvhJZtwrhzu/krg2q/i8xElaLiPUA+1Q7y4xRGoNdhlLCTzORPKEx
        tgZFir4KfD6zcoeIRPs0onOPsfG0fR/YqzjP+DJQBYNR
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
